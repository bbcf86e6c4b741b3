import packageJson from "../../package.json" with { type: "json" };
import type { Logger } from "../log/logger.ts";
import { createRegistryClient } from "../registry/create-registry-client.ts";
import { cloudSources } from "../registry/credentials/cloud/cloud-sources.ts";
import { readDockerConfigSources } from "../registry/credentials/docker-config-source.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
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
  const warn = (text: string): void => log.warn(text);
  const { environment } = credentials;
  return createRegistryClient({
    credentials: [
      ...(await readDockerConfigSources(credentials, warn)),
      ...cloudSources({ environment, warn }),
    ],
    userAgent,
    registries: registry,
    environment,
    log,
  });
}
