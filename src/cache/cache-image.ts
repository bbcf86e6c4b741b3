import { malformed } from "../errors/image-error.ts";
import { diffTrees } from "../filetree/diff.ts";
import { FileTree } from "../filetree/tree.ts";
import type { ImageConfig } from "../image/config.ts";
import { formatTypes, type ImageFormat, layerInFormat } from "../image/image-format.ts";
import type { Manifest } from "../image/manifest.ts";
import { readBody } from "../layer/file-body.ts";
import { LayerArchive } from "../layer/layer-archive.ts";
import type { LayerBlob } from "../layer/layer-blob.ts";
import { type WriteLayerOptions, writeLayer } from "../layer/layer-writer.ts";
import { readTar } from "../layer/tar-reader.ts";
import { toDocument } from "../output/document.ts";
import { type ImageSource, readImage } from "../registry/read-image.ts";
import { schemaVersion } from "./cache-key.ts";
import type { CacheEntry, NewEntry } from "./cache-store.ts";
import { anyPlatform, type ImageFacts, imageFacts } from "./image-facts.ts";
import type { ImageDocuments } from "./kept-images.ts";

/** Labels of an entry's configuration. */
const schemaLabel = "dev.slipway.cache.schema";
const changesLabel = "dev.slipway.cache.changes";

const listingName = "layer.jsonl";
/** A listing of a million files has fewer bytes. */
const longestListing = 512 * 1024 * 1024;

/**
 * An entry as an image of two layers: the step's, and one that holds the listing. Every registry takes it for an
 * image like any other, in the types of its format.
 *
 * @throws USAGE_CONFLICT when the format has no type for the layer.
 */
export function toCacheImage(
  entry: NewEntry,
  format: ImageFormat,
  storedMs: number,
): ImageDocuments {
  const types = formatTypes[format];
  const { layer, listing, changes, createdBy, created, platform } = entry;
  const content: ImageConfig = {
    created: new Date(storedMs).toISOString(),
    architecture: platform.architecture,
    os: platform.os,
    config: { Labels: { [schemaLabel]: String(schemaVersion), [changesLabel]: changes } },
    rootfs: { type: "layers", diff_ids: [layer.diffId, listing.diffId] },
    history: [
      { created, created_by: createdBy },
      { created, created_by: "what the layer says (slipway's cache)" },
    ],
  };
  const config = toDocument(content, types.config);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: config.descriptor,
    layers: [layer, listing].map(({ descriptor }) => layerInFormat(descriptor, format)),
  };
  return { manifest: toDocument(manifest, manifest.mediaType), config };
}

/**
 * Reads an entry that `toCacheImage` has made.
 *
 * @throws IMAGE_MALFORMED when it is something else, and what the source throws.
 */
export async function readCacheImage(source: ImageSource): Promise<CacheEntry> {
  const image = await readImage(source, anyPlatform);
  const [layer, listing, ...others] = image.layers;
  const said = readConfig(image.config);
  if (layer === undefined || listing === undefined || others.length > 0 || said === undefined) {
    throw malformed(`${source.name} is not an entry of slipway's cache`);
  }
  return {
    ...said,
    descriptor: layer.descriptor,
    ...(image.origin === undefined ? {} : { origin: image.origin }),
    open: () => layer.open(),
    useListing: async (use) => use(await unpackListing(listing)),
  };
}

/** What the configuration of an entry says; undefined where it is none, or of another schema. */
function readConfig(
  config: ImageConfig,
): Pick<CacheEntry, "diffId" | "changes" | "created" | "storedMs"> | undefined {
  const labels = config.config?.Labels ?? {};
  const changes = labels[changesLabel];
  const [diffId] = config.rootfs.diff_ids;
  const created = config.history?.[0]?.created;
  const storedMs = Date.parse(config.created ?? "");
  if (labels[schemaLabel] !== String(schemaVersion) || Number.isNaN(storedMs)) return undefined;
  if (diffId === undefined || changes === undefined || created === undefined) return undefined;
  return { diffId, changes, created, storedMs };
}

/** What an entry is, of whatever schema; undefined where the image is none. @throws what `imageFacts` throws. */
export function describeCacheImage(source: ImageSource): Promise<ImageFacts | undefined> {
  return imageFacts(source, schemaLabel);
}

/** Puts a listing into a layer. */
export function packListing(
  listing: Buffer,
  options: Pick<WriteLayerOptions, "contents" | "spool">,
): Promise<LayerBlob> {
  const tree = new FileTree();
  tree.setLeaf(listingName, {
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: { seconds: 0, nanoseconds: 0 },
    size: listing.length,
    content: listing.length === 0 ? { kind: "empty" } : { kind: "inline", bytes: listing },
  });
  return writeLayer([...diffTrees(new FileTree(), tree)], options);
}

async function unpackListing(layer: Parameters<typeof LayerArchive.open>[0]): Promise<Buffer> {
  await using archive = await LayerArchive.open(layer);
  for await (const { header, body } of readTar(archive)) {
    if (header.name !== listingName || body.size > longestListing) break;
    const listing = await readBody(body);
    await archive.finish();
    return listing;
  }
  throw malformed("the layer that lists files has no such list");
}
