import { registrySource } from "../registry/pull.ts";
import type { ImageSource } from "../registry/read-image.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { openLocalImage } from "../transfer/open-local-image.ts";
import type { CopyOptions } from "./image-options.ts";

/** Opens what an image is read from. @throws CONTEXT_*, IMAGE_MALFORMED, USAGE_CONFLICT */
export async function openImagePlace(
  { place, platform }: Pick<CopyOptions, "place" | "platform">,
  { client, signal }: { readonly client: RegistryClient; readonly signal: AbortSignal },
): Promise<ImageSource> {
  if (place.kind === "registry") {
    return registrySource(client, { reference: place.reference, signal });
  }
  return openLocalImage({ image: place.image, platform, format: place.format, signal });
}
