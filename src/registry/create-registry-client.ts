import type { Logger } from "../log/logger.ts";
import { readProxies } from "../support/proxies.ts";
import { defaultRetryPolicy, type RetryPolicy } from "../support/retry.ts";
import { RegistryApi } from "./api.ts";
import { Authorizer } from "./authorizer.ts";
import { checkPush } from "./check-push.ts";
import type { CredentialsSource } from "./credentials/credentials.ts";
import { deleteManifest } from "./delete-manifest.ts";
import { fetchBlob } from "./fetch-blob.ts";
import { fetchManifest } from "./fetch-manifest.ts";
import type { Access } from "./host.ts";
import { readHostSettings } from "./host-settings.ts";
import { listTags } from "./list-tags.ts";
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
  /** The most that one request of an upload sends, in bytes, once sending all at once has failed. Default: 64 MiB. */
  readonly chunkBytes?: number;
  /** Variables that may name proxies; see `readProxies`. Default: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

// Less than the 100 MB that proxies in front of registries often allow.
const defaultChunkBytes = 64 * 1024 * 1024;

/**
 * Makes a client for all registries of a build. Nothing is sent before the first call; certificate files
 * are read now.
 *
 * @throws USAGE_INVALID_VALUE when a certificate file or a proxy of the environment cannot be used.
 */
export async function createRegistryClient(
  options: RegistryClientOptions,
): Promise<RegistryClient> {
  const { log, userAgent } = options;
  const registries = options.registries ?? defaultRegistryOptions;
  const timeouts = options.timeouts ?? defaultTimeouts;
  const settingsOf = await readHostSettings(registries);
  const transport = new Transport({
    settingsOf,
    timeouts,
    proxyOf: readProxies(options.environment ?? {}),
  });
  const sources = options.credentials;
  const api = new RegistryApi({
    transport,
    origins: new Origins(transport, settingsOf),
    authorizer: new Authorizer({ transport, sources, settingsOf, userAgent, log }),
    userAgent,
    retry: retryPolicies(options.retry ?? defaultRetryPolicy, registries),
    log,
  });
  const mirrors = new Mirrors(registries, log);
  const uploads = {
    api,
    chunkBytes: options.chunkBytes ?? defaultChunkBytes,
    chunkless: new Set<string>(),
  };
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
    checkPush: (repository, request = {}) => checkPush({ api, repository }, request),
    pushBlob: (repository, source, request = {}) =>
      pushBlob({ ...uploads, repository }, source, { ...request, commitMs: timeouts.commitMs }),
    putManifest: (reference, manifest, { isTagNeeded = false, ...request } = {}) => {
      const ignoresImmutableTags = registries.ignoresImmutableTags && !isTagNeeded;
      return putManifest({ api, log, reference, ignoresImmutableTags }, manifest, request);
    },
    hasManifest: (repository, digest, request = {}) =>
      hasManifest({ api, repository }, digest, request),
    listTags: (repository, request = {}) => listTags({ api, repository }, request),
    deleteManifest: (repository, digest, request = {}) =>
      deleteManifest({ api, repository }, digest, request),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

function retryPolicies(
  policy: RetryPolicy,
  { moreRetries }: RegistryOptions,
): Readonly<Record<Access, RetryPolicy>> {
  const { attempts } = policy;
  return {
    pull: { ...policy, attempts: attempts + moreRetries.pull },
    push: { ...policy, attempts: attempts + moreRetries.push },
  };
}
