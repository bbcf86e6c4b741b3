import type { Digest } from "../image/digest.ts";
import { type ImageSource, readImage } from "../registry/read-image.ts";

/** No image of the cache is an index, and so the platform does not matter. */
export const anyPlatform = { os: "linux", architecture: "amd64" };

/** What an image of the cache is, for those who look after it. */
export interface ImageFacts {
  /** Of its manifest. */
  readonly digest: Digest;
  /** Of manifest, configuration and layers. */
  readonly bytes: number;
  /** The words of its first layer. */
  readonly createdBy: string;
  /** Milliseconds since 1970. */
  readonly storedMs: number;
}

/**
 * What an image is whose configuration has a label; undefined where it has not.
 *
 * @throws IMAGE_MALFORMED when it is no image, and what the source throws.
 */
export async function imageFacts(
  source: ImageSource,
  label: string,
): Promise<ImageFacts | undefined> {
  const { descriptor, manifest, config } = await readImage(source, anyPlatform);
  const storedMs = Date.parse(config.created ?? "");
  if (config.config?.Labels?.[label] === undefined || Number.isNaN(storedMs)) return undefined;
  const parts = [descriptor, manifest.config, ...manifest.layers];
  return {
    digest: descriptor.digest,
    bytes: parts.reduce((sum, { size }) => sum + size, 0),
    createdBy: config.history?.[0]?.created_by ?? "",
    storedMs,
  };
}
