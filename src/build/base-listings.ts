import { packListing } from "../cache/cache-image.ts";
import { type CacheKey, cacheKeyOf } from "../cache/cache-key.ts";
import type { CacheEntry } from "../cache/cache-store.ts";
import { readListing, writeListingOfRead } from "../cache/layer-listing.ts";
import { applyEntries } from "../filetree/apply.ts";
import type { LayerEntry } from "../filetree/layer-entry.ts";
import { FileTree } from "../filetree/tree.ts";
import type { Digest } from "../image/digest.ts";
import { applyLayer } from "../layer/layer-tree.ts";
import type { ImageLayer } from "../output/output.ts";
import type { BuildPorts } from "./ports.ts";
import type { StepCache } from "./step-cache.ts";

export type ListingPorts = Pick<BuildPorts, "contents" | "spool">;

/**
 * The files of an image by its layers. With a cache, what it has listed of a layer stands for the layer, which then is
 * not read; what had to be read is listed there for later builds.
 *
 * @throws IMAGE_MALFORMED, and what reading a layer throws.
 */
export async function readLayers(
  layers: readonly ImageLayer[],
  ports: ListingPorts,
  cache: StepCache | undefined,
): Promise<FileTree> {
  let tree = new FileTree();
  const entries = layers.map(({ diffId }) => cache?.layers.find(listingKey(diffId)));
  for (const [index, layer] of layers.entries()) {
    const listed = await withListing(tree, layer, { entry: await entries[index], cache });
    if (listed === undefined) await readLayer(tree, layer, { ports, cache });
    else tree = listed;
  }
  return tree;
}

/** The files with those of a layer by its entry; undefined where that is missing or broken. */
async function withListing(
  before: FileTree,
  layer: ImageLayer,
  {
    entry,
    cache,
  }: { readonly entry: CacheEntry | undefined; readonly cache: StepCache | undefined },
): Promise<FileTree | undefined> {
  if (entry === undefined || cache === undefined) return undefined;
  const tree = before.fork();
  try {
    await entry.useListing((text) => applyEntries(tree, readListing(text, layer, cache.digests)));
    return tree;
  } catch {
    return undefined;
  }
}

async function readLayer(
  tree: FileTree,
  layer: ImageLayer,
  { ports, cache }: { readonly ports: ListingPorts; readonly cache: StepCache | undefined },
): Promise<void> {
  const { diffId } = layer;
  if (cache?.layers.isWritten !== true) return applyLayer(tree, layer, { diffId });
  const entries: LayerEntry[] = [];
  const onEntry = (entry: LayerEntry): void => void entries.push(entry);
  await applyLayer(tree, layer, { diffId, onEntry });
  const text = writeListingOfRead(entries, () => undefined);
  const listing = await packListing(text, ports);
  void cache.layers.put([listingKey(diffId)], {
    layer: listing,
    listing,
    changes: diffId,
    createdBy: `files of the layer ${diffId}`,
    created: new Date(0).toISOString(),
    platform: { os: "linux", architecture: "amd64" },
  });
}

/** Of an entry that has the listing of a base's layer, also in place of the layer. */
function listingKey(diffId: Digest): CacheKey {
  return cacheKeyOf(["listing", diffId]);
}
