import { registrySource } from "../registry/pull.ts";
import type { ImageSource } from "../registry/read-image.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { openLocalImage } from "../transfer/open-local-image.ts";
import type { CopyOptions } from "./image-options.ts";
import type { UnnamedFiles } from "./unnamed-files.ts";

interface ImagePlacePorts {
  readonly client: RegistryClient;
  /** For what has to be uncompressed; to be there for as long as the image is read. */
  readonly files: UnnamedFiles;
  readonly signal: AbortSignal;
}

/** Opens what an image is read from. @throws CONTEXT_*, FILESYSTEM_*, IMAGE_MALFORMED, USAGE_CONFLICT */
export async function openImagePlace(
  { place, platform }: Pick<CopyOptions, "place" | "platform">,
  { client, files, signal }: ImagePlacePorts,
): Promise<ImageSource> {
  if (place.kind === "registry") {
    return registrySource(client, { reference: place.reference, signal });
  }
  const openScratch = (): number => files.open();
  return openLocalImage({
    image: place.image,
    platform,
    format: place.format,
    openScratch,
    signal,
  });
}
