import { RegistryError } from "../errors/registry-error.ts";
import { formatReference, type ImageReference } from "../image/reference.ts";
import type { Logger } from "../log/logger.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import type { Document } from "./output.ts";

/** What bringing something to a registry needs. */
export interface RegistryPorts {
  readonly client: RegistryClient;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Stores a manifest or index under the destination's tag (its digest, where there is no tag), and asks
 * whether the registry has it now.
 *
 * @throws REGISTRY_*
 */
export async function putDocument(
  destination: ImageReference,
  document: Document,
  { client, log, signal }: RegistryPorts,
): Promise<void> {
  await client.putManifest(destination, document, { signal });
  const { digest } = document.descriptor;
  if (!(await client.hasManifest(destination, digest, { signal }))) {
    throw new RegistryError(
      "REGISTRY_PROTOCOL",
      `${destination.registry} took the manifest of ${formatReference(destination)} but does not have it`,
      { host: destination.registry },
    );
  }
  log.info("pushed", { image: formatReference(destination), digest });
}
