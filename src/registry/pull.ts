import type { Descriptor } from "../image/descriptor.ts";
import type { Digest } from "../image/digest.ts";
import type { Platform } from "../image/platform.ts";
import { formatReference, type ImageReference, withDefaultTag } from "../image/reference.ts";
import { type ImageSource, type PulledImage, readImage } from "./read-image.ts";
import type { RegistryClient, RequestOptions } from "./registry-client.ts";

export interface PullRequest extends RequestOptions {
  readonly reference: ImageReference;
  readonly platform: Platform;
}

/**
 * Resolves an image of a registry; see `readImage` for how.
 *
 * @throws IMAGE_PLATFORM_UNAVAILABLE, IMAGE_MALFORMED, REGISTRY_*, CREDENTIALS_INVALID
 */
export function pullImage(client: RegistryClient, request: PullRequest): Promise<PulledImage> {
  return readImage(registrySource(client, request), request.platform);
}

/** What a reference names in a registry; without tag and digest, `latest`. */
export function registrySource(
  client: RegistryClient,
  request: Omit<PullRequest, "platform">,
): ImageSource {
  const reference = withDefaultTag(request.reference);
  const options = request.signal === undefined ? {} : { signal: request.signal };
  const { registry, path } = reference;
  return {
    name: formatReference(reference),
    manifest: (digest?: Digest) =>
      client.fetchManifest(digest === undefined ? reference : { registry, path, digest }, options),
    openBlob: (descriptor: Descriptor) => client.openBlob(reference, descriptor, options),
  };
}
