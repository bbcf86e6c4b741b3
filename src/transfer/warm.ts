import { Readable } from "node:stream";
import type { Descriptor } from "../image/descriptor.ts";
import { isForeignLayerType } from "../image/media-type.ts";
import { formatPlatform, type Platform } from "../image/platform.ts";
import { formatReference, type ImageReference, withDefaultTag } from "../image/reference.ts";
import type { RegistryPorts } from "../output/put-document.ts";
import { keepBlob } from "../registry/kept-blobs.ts";
import { pullImage } from "../registry/pull.ts";
import type { PulledImage } from "../registry/read-image.ts";
import { createLimit } from "../support/limit.ts";

/** An image to keep, for one platform. */
export interface WarmImage {
  readonly reference: ImageReference;
  readonly platform: Platform;
}

export interface WarmRequest {
  readonly images: readonly WarmImage[];
  /** The directory that builds name with `--cache-dir`. */
  readonly directory: string;
  /** Whether blobs are fetched that are there. */
  readonly force: boolean;
}

/** Blobs that are fetched at the same time. */
const maxDownloads = 4;

/**
 * Makes a directory have the configurations and layers of images, where builds look for them. An image that
 * cannot be had does not keep the others from coming.
 *
 * @throws the first failure, when everything else is done: REGISTRY_*, IMAGE_*, FILESYSTEM_*
 */
export async function warm(request: WarmRequest, ports: RegistryPorts): Promise<void> {
  const failures: unknown[] = [];
  for (const image of distinct(request.images)) {
    try {
      await warmImage(image, request, ports);
    } catch (error) {
      if (ports.signal.aborted) throw error;
      // The first one is what is thrown.
      if (failures.push(error) > 1) {
        const reason = error instanceof Error ? error.message : String(error);
        ports.log.warn("an image cannot be kept", {
          image: formatReference(image.reference),
          reason,
        });
      }
    }
  }
  if (failures.length > 0) throw failures[0];
}

function distinct(images: readonly WarmImage[]): Iterable<WarmImage> {
  const keyed = images.map((image) => {
    const name = formatReference(withDefaultTag(image.reference));
    return [`${name} ${formatPlatform(image.platform)}`, image] as const;
  });
  return new Map(keyed).values();
}

async function warmImage(
  { reference, platform }: WarmImage,
  { directory, force }: WarmRequest,
  { client, log, signal }: RegistryPorts,
): Promise<void> {
  const image = await pullImage(client, { reference, platform, signal });
  const limit = createLimit(maxDownloads);
  const outcomes = await Promise.allSettled(
    blobsOf(image).map((blob) => limit(() => keepBlob(directory, { ...blob, force }, log))),
  );
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  log.info("kept", {
    image: formatReference(reference),
    platform: formatPlatform(platform),
    digest: image.descriptor.digest,
    fetched: outcomes.filter((each) => each.status === "fulfilled" && each.value === "fetched")
      .length,
    blobs: outcomes.length,
  });
}

interface Blob {
  readonly descriptor: Descriptor;
  readonly open: () => Promise<Readable>;
}

/** What a build may ask for, each blob once. Foreign layers are in no registry. */
function blobsOf({ manifest, configBytes, layers }: PulledImage): readonly Blob[] {
  const config = {
    descriptor: manifest.config,
    open: () => Promise.resolve(Readable.from([configBytes])),
  };
  const own = layers
    .filter(({ descriptor }) => !isForeignLayerType(descriptor.mediaType))
    .map((layer) => ({ descriptor: layer.descriptor, open: () => layer.open() }));
  return [...new Map([config, ...own].map((blob) => [blob.descriptor.digest, blob])).values()];
}
