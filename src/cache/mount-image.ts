import { malformed } from "../errors/image-error.ts";
import type { ImageConfig } from "../image/config.ts";
import type { Digest } from "../image/digest.ts";
import { formatTypes, type ImageFormat, layerInFormat } from "../image/image-format.ts";
import type { Manifest } from "../image/manifest.ts";
import { toDocument } from "../output/document.ts";
import { type ImageSource, type RemoteLayer, readImage } from "../registry/read-image.ts";
import { anyPlatform, type ImageFacts, imageFacts } from "./image-facts.ts";
import type { ImageDocuments, KeptLayer } from "./kept-images.ts";

/** Labels of the image's configuration. */
const schemaLabel = "dev.slipway.mount.schema";
const bytesLabel = "dev.slipway.mount.bytes";

const schema = "1";

/** A layer of a cache mount's files. */
export interface MountLayer extends KeptLayer {
  readonly diffId: Digest;
  /** What the files in it have, uncompressed. */
  readonly bytes: number;
}

/** What a cache mount had when it was stored: layers of files, the oldest first. */
export interface MountImage {
  readonly layers: readonly MountLayer[];
}

/**
 * What a cache mount holds as an image that every registry takes, in the types of a format.
 *
 * @throws USAGE_CONFLICT when the format has no type for a layer.
 */
export function toMountImage(
  { layers }: MountImage,
  format: ImageFormat,
  storedMs: number,
): ImageDocuments {
  const types = formatTypes[format];
  const created = new Date(storedMs).toISOString();
  const content: ImageConfig = {
    created,
    architecture: "amd64",
    os: "linux",
    config: {
      Labels: {
        [schemaLabel]: schema,
        [bytesLabel]: JSON.stringify(layers.map(({ bytes }) => bytes)),
      },
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created, created_by: "a cache mount (slipway's cache)" })),
  };
  const config = toDocument(content, types.config);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => layerInFormat(descriptor, format)),
  };
  return { manifest: toDocument(manifest, manifest.mediaType), config };
}

/**
 * Reads an image that `toMountImage` has made; nothing of its layers is read.
 *
 * @throws IMAGE_MALFORMED when it is something else, and what the source throws.
 */
export async function readMountImage(source: ImageSource): Promise<MountImage> {
  const image = await readImage(source, anyPlatform);
  const bytes = readBytes(image.config);
  if (bytes?.length !== image.layers.length) {
    throw malformed(`${source.name} is no cache mount that slipway has stored`);
  }
  const { diff_ids: diffIds } = image.config.rootfs;
  const toLayer = (layer: RemoteLayer, index: number): MountLayer[] => {
    const [diffId, size] = [diffIds[index], bytes[index]];
    return diffId === undefined || size === undefined ? [] : [{ ...layer, diffId, bytes: size }];
  };
  return { layers: image.layers.flatMap(toLayer) };
}

/** What a stored cache mount is, of whatever schema; undefined where it is none. @throws what `imageFacts` throws. */
export function describeMountImage(source: ImageSource): Promise<ImageFacts | undefined> {
  return imageFacts(source, schemaLabel);
}

/** Undefined where the image is none of a cache mount, or of another schema. */
function readBytes({ config }: ImageConfig): readonly number[] | undefined {
  const labels = config?.Labels ?? {};
  const text = labels[bytesLabel];
  if (labels[schemaLabel] !== schema || text === undefined) return undefined;
  if (!/^\[(?:\d{1,15}(?:,\d{1,15})*)?\]$/.test(text)) return undefined;
  return JSON.parse(text) as number[];
}
