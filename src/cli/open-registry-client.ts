import packageJson from "../../package.json" with { type: "json" };
import type { Logger } from "../log/logger.ts";
import { createRegistryClient } from "../registry/create-registry-client.ts";
import { openCredentialsSources } from "../registry/credentials/credentials-sources.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { watchTransfers } from "../registry/watch-transfers.ts";
import type { BuildOptions } from "./build-options.ts";

/** What slipway calls itself to servers. */
export const userAgent = `slipway/${packageJson.version}`;

/**
 * Opens the client for all registries of one command.
 *
 * @throws CREDENTIALS_INVALID, USAGE_INVALID_VALUE
 */
export async function openRegistryClient(
  { credentials, registry }: Pick<BuildOptions, "credentials" | "registry">,
  log: Logger,
): Promise<RegistryClient> {
  const client = await createRegistryClient({
    credentials: await openCredentialsSources(credentials, (text) => log.warn(text)),
    userAgent,
    registries: registry,
    environment: credentials.environment,
    log,
  });
  return watchTransfers(client, log);
}
