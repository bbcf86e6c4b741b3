import { changesDigest, type SaidChange } from "../cache/files-digest.ts";
import { writeListingOfRead } from "../cache/layer-listing.ts";
import type { PlainLayer } from "../cache/plain-images.ts";
import { isBuilderError } from "../errors/builder-error.ts";
import { applyEntries } from "../filetree/apply.ts";
import type { LayerEntry } from "../filetree/layer-entry.ts";
import { layerInFormat } from "../image/image-format.ts";
import { isForeignLayerType } from "../image/media-type.ts";
import { layerMediaTypes } from "../layer/compress.ts";
import type { FileBody } from "../layer/file-body.ts";
import { applyLayer, readEntries } from "../layer/layer-tree.ts";
import type { ImageLayer } from "../output/output.ts";
import { commitLayer } from "./commit.ts";
import { addToContent } from "./files-identity.ts";
import { type KeptUnder, keepLayer } from "./keep-layer.ts";
import { layerOfElsewhere } from "./layer-of-elsewhere.ts";
import type { LayerStep } from "./layer-step.ts";
import type { MadeChanges } from "./made-changes.ts";
import type { StepScope } from "./scope.ts";
import type { StepCache } from "./step-cache.ts";

/** What taking a layer from an image needs. */
interface PlainTaking extends KeptUnder {
  /** Makes what a COPY or ADD would bring now. */
  readonly make: () => Promise<MadeChanges>;
}

/**
 * Gives a stage the layer of a step from an image of `--cache-from`, where one is known to have it: what a RUN or
 * WORKDIR depends on is in the image's history, and files that a COPY or ADD brings have to be the same as in the
 * image's layer, which is read for that. Tells whether there is one. It goes into the cache too, and is read for that.
 *
 * @throws what `make` throws; FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED
 */
export async function takePlainLayer(
  step: LayerStep,
  scope: StepScope,
  { cache, keys, make }: PlainTaking,
): Promise<boolean> {
  const isTold = step.isToldByHistory();
  const mayBeFound = isTold || step.cachedAs === "copy";
  if (!mayBeFound || cache.isFresh(scope.state.planned)) return false;
  const found = await findLayer(step, scope, cache);
  if (found === undefined) return false;
  // While it is read here, one that cannot be read is no reason to start again.
  let isTaken = false;
  const opened = scope.build.keptLayer({
    descriptor: found.descriptor,
    open: () => (isTaken ? found.openForGood() : found.open()),
  });
  const layer = layerOfElsewhere(found, opened);
  const isKept = keys.length > 0 && isCompressedAsAsked(layer, scope);
  const said = isTold && !isKept ? untold : await readSaid(layer, { found, scope, cache });
  if (said === undefined) return false;
  if (!isTold && said.changes !== (await changesDigest((await make()).changes, cache.digests))) {
    return false;
  }
  isTaken = true;
  takeFiles(layer, said, scope);
  await commit({ ...found, layer, said }, step, { scope, cache, keys: isKept ? keys : [] });
  return true;
}

/** What has another time than SOURCE_DATE_EPOCH, or cannot be in the image, is of no use. */
async function findLayer(
  step: LayerStep,
  { state, build }: StepScope,
  cache: StepCache,
): Promise<PlainLayer | undefined> {
  const { platform, config, history, layers } = state;
  const diffIds = layers.map(({ diffId }) => diffId);
  const stage = { platform, config, history, diffIds };
  const found = await cache.images.find(stage, step.createdBy);
  if (found === undefined || isForeignLayerType(found.descriptor.mediaType)) return undefined;
  const { sourceDateEpoch, imageFormat } = build.request;
  if (sourceDateEpoch !== undefined && found.created !== build.created) return undefined;
  try {
    layerInFormat(found.descriptor, imageFormat);
    return found;
  } catch (error) {
    if (isBuilderError(error, "USAGE_CONFLICT")) return undefined;
    throw error;
  }
}

/** Keys of the cache know how layers are compressed. */
function isCompressedAsAsked({ descriptor }: ImageLayer, { build }: StepScope): boolean {
  const { mediaType } = layerInFormat(descriptor, "oci");
  return mediaType === layerMediaTypes[build.request.compression.algorithm];
}

/** What a layer says; not known before somebody asks for its files where `entries` are missing. */
interface SaidLayer {
  readonly entries?: readonly LayerEntry[];
  /** What stands for that (`changesDigest`); undefined where it cannot be compared with anything. */
  readonly changes?: string;
}

const untold: SaidLayer = {};

/** Undefined where the layer cannot be read, which is a warning. */
async function readSaid(
  layer: ImageLayer,
  {
    found,
    scope,
    cache,
  }: { readonly found: PlainLayer; readonly scope: StepScope; readonly cache: StepCache },
): Promise<SaidLayer | undefined> {
  const { digests } = cache;
  const entries: LayerEntry[] = [];
  const take = async (said: LayerEntry, body: FileBody | undefined): Promise<void> => {
    entries.push(said);
    if (said.kind !== "put" || said.node.type !== "file" || body === undefined) return;
    for await (const _ of digests.watch(said.node, body));
  };
  try {
    await readEntries(layer, { diffId: layer.diffId }, take);
  } catch (error) {
    scope.build.signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    scope.build.ports.log.warn("an image cannot be used as a cache", {
      image: found.image,
      reason,
    });
    return undefined;
  }
  if (!entries.every(isComparable)) return { entries };
  return { entries, changes: await changesDigest(entries, digests) };
}

function isComparable(said: LayerEntry): said is LayerEntry & SaidChange {
  return said.kind !== "opaque";
}

function takeFiles(layer: ImageLayer, { entries, changes }: SaidLayer, scope: StepScope): void {
  const { state } = scope;
  state.changeTree(async (tree) => {
    if (entries === undefined) await applyLayer(tree, layer, { diffId: layer.diffId });
    else applyEntries(tree, entries);
  });
  if (changes === undefined) state.identity = { ...state.identity, content: undefined };
  else addToContent(scope, changes);
}

/** A layer that has been found to be that of a step. */
interface TakenLayer extends Pick<PlainLayer, "image" | "created"> {
  readonly layer: ImageLayer;
  readonly said: SaidLayer;
}

async function commit(
  { image, layer, said: { entries, changes }, created: createdThen }: TakenLayer,
  step: LayerStep,
  { scope, cache, keys }: KeptUnder & { readonly scope: StepScope },
): Promise<void> {
  const { state, build, location } = scope;
  const where = { stage: state.planned.label, line: location.firstLine };
  build.ports.log.info("an image has the layer of this", { image, ...where });
  const created = createdThen ?? build.created;
  if (entries === undefined || changes === undefined || keys.length === 0) {
    return commitLayer(scope, step.createdBy, { layer, created });
  }
  const listing = writeListingOfRead(entries, (node) => cache.digests.get(node));
  const kept = { layer, listing, changes, created };
  const { stored } = await keepLayer(kept, step, { scope, cache, keys });
  commitLayer(scope, step.createdBy, { layer, created, stored });
}
