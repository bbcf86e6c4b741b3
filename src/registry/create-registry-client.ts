import type { Logger } from "../log/logger.ts";
import { defaultRetryPolicy, type RetryPolicy } from "../support/retry.ts";
import { RegistryApi } from "./api.ts";
import { Authorizer } from "./authorizer.ts";
import type { CredentialsSource } from "./credentials/credentials.ts";
import { fetchBlob } from "./fetch-blob.ts";
import { fetchManifest } from "./fetch-manifest.ts";
import { readHostSettings } from "./host-settings.ts";
import { Mirrors } from "./mirrors.ts";
import { Origins } from "./origins.ts";
import { pushBlob } from "./push-blob.ts";
import { hasManifest, putManifest } from "./put-manifest.ts";
import type { RegistryClient } from "./registry-client.ts";
import {
  defaultRegistryOptions,
  defaultTimeouts,
  type RegistryOptions,
  type RegistryTimeouts,
} from "./registry-options.ts";
import { Transport } from "./transport.ts";

export interface RegistryClientOptions {
  /** Asked in this order. */
  readonly credentials: readonly CredentialsSource[];
  /** What the client calls itself, such as `slipway/1.0.0`. */
  readonly userAgent: string;
  readonly log: Logger;
  /** Default: verified HTTPS only, and no mirrors. */
  readonly registries?: RegistryOptions;
  readonly retry?: RetryPolicy;
  readonly timeouts?: RegistryTimeouts;
}

/**
 * Makes a client for all registries of a build. Nothing is sent before the first call; certificate files
 * are read now.
 *
 * @throws USAGE_INVALID_VALUE when a certificate file cannot be used.
 */
export async function createRegistryClient(
  options: RegistryClientOptions,
): Promise<RegistryClient> {
  const { log, userAgent } = options;
  const registries = options.registries ?? defaultRegistryOptions;
  const timeouts = options.timeouts ?? defaultTimeouts;
  const settingsOf = await readHostSettings(registries);
  const transport = new Transport(settingsOf, timeouts);
  const sources = options.credentials;
  const api = new RegistryApi({
    transport,
    origins: new Origins(transport, settingsOf),
    authorizer: new Authorizer({ transport, sources, settingsOf, userAgent, log }),
    userAgent,
    retry: options.retry ?? defaultRetryPolicy,
    log,
  });
  const mirrors = new Mirrors(registries.maps, log);
  return {
    fetchManifest: (reference, request = {}) =>
      mirrors.pull(reference, async (origin) => {
        const manifest = await fetchManifest(api, { ...reference, ...origin }, request);
        return { ...manifest, origin };
      }),
    openBlob: (repository, descriptor, request = {}) =>
      mirrors.pull(repository, (candidate) =>
        fetchBlob(api, candidate, { ...request, descriptor }),
      ),
    pushBlob: (repository, source, request = {}) =>
      pushBlob({ api, repository }, source, { ...request, commitMs: timeouts.commitMs }),
    putManifest: (reference, manifest, request = {}) =>
      putManifest({ api, reference }, manifest, request),
    hasManifest: (repository, digest, request = {}) =>
      hasManifest({ api, repository }, digest, request),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}
