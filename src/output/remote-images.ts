import { ImageError } from "../errors/image-error.ts";
import { InternalError } from "../errors/internal-error.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { imagesIn } from "../image/images-in.ts";
import { platformOf } from "../image/make-index.ts";
import { isIndex, parseManifest } from "../image/parse-manifest.ts";
import type { Platform } from "../image/platform.ts";
import type { ImageReference, Repository } from "../image/reference.ts";
import { deepestIndex, type PulledImage, readImage } from "../registry/read-image.ts";
import type { FetchedManifest } from "../registry/registry-client.ts";
import type { FinishedImage } from "./output.ts";
import type { RegistryPorts } from "./put-document.ts";

/** An image of one platform that lies in a registry, with all that is needed to bring it to another. */
export interface RemoteImage extends FinishedImage {
  /** How messages call it: what the user wrote. */
  readonly name: string;
  readonly platform: Platform;
  /** The repository that has it. */
  readonly origin: Repository;
}

/** A reference, and how the user wrote it. */
export interface NamedReference {
  readonly name: string;
  readonly reference: ImageReference;
}

/**
 * The image that a reference names, or all images of the index that it names, in their order and without
 * attestations. Layers are not read.
 *
 * @throws IMAGE_MALFORMED, REGISTRY_*, CREDENTIALS_INVALID
 */
export async function openRemoteImages(
  named: NamedReference,
  ports: RegistryPorts,
): Promise<readonly RemoteImage[]> {
  const images = await openAt(named, { ports, depth: 0, listed: undefined });
  if (images.length > 0) return images;
  throw new ImageError("IMAGE_MALFORMED", `${named.name} is an index without an image`);
}

/** How an image was found. */
interface Way {
  readonly ports: RegistryPorts;
  /** How many indexes lead to it. */
  readonly depth: number;
  /** What the last of them says that it runs on. */
  readonly listed: Platform | undefined;
}

async function openAt(named: NamedReference, way: Way): Promise<readonly RemoteImage[]> {
  const { client, signal } = way.ports;
  const found = await client.fetchManifest(named.reference, { signal });
  const manifest = parseManifest(found.bytes, found.descriptor.mediaType);
  if (!isIndex(manifest)) return [await openImage(named, found, way)];
  if (way.depth === deepestIndex) {
    throw new ImageError("IMAGE_MALFORMED", `${named.name} is an index of indexes without end`);
  }
  const images: RemoteImage[] = [];
  for (const { digest, platform } of imagesIn(manifest)) {
    const { registry, path } = named.reference;
    const inner = { name: named.name, reference: { registry, path, digest } };
    images.push(...(await openAt(inner, { ...way, depth: way.depth + 1, listed: platform })));
  }
  return images;
}

async function openImage(
  { name, reference }: NamedReference,
  found: FetchedManifest,
  { ports: { client, signal }, listed }: Way,
): Promise<RemoteImage> {
  const source = {
    name,
    manifest: () => Promise.resolve(found),
    openBlob: (descriptor: Descriptor) => client.openBlob(reference, descriptor, { signal }),
  };
  // A manifest that is in no index is taken whatever the platform.
  const image = await readImage(source, { os: "linux", architecture: "amd64" });
  return {
    name,
    origin: found.origin,
    platform: platformOf(image.config, listed),
    manifest: { descriptor: found.descriptor, bytes: found.bytes },
    config: { descriptor: image.manifest.config, bytes: image.configBytes },
    layers: layersOf(image, found.origin),
  };
}

function layersOf({ config, layers }: PulledImage, origin: Repository): RemoteImage["layers"] {
  return layers.map((layer, index) => {
    const diffId = config.rootfs.diff_ids[index];
    if (diffId === undefined) throw new InternalError("an image has fewer diff ids than layers");
    return { descriptor: layer.descriptor, diffId, origin, open: () => layer.open() };
  });
}
