import type { CacheEntry } from "../cache/cache-store.ts";
import { changesDigest } from "../cache/files-digest.ts";
import { readListing, writeListing } from "../cache/layer-listing.ts";
import { applyEntries } from "../filetree/apply.ts";
import type { LayerChange } from "../filetree/diff.ts";
import { mergeTree } from "../filetree/merge.ts";
import type { FileNode } from "../filetree/node.ts";
import { readBody } from "../layer/file-body.ts";
import type { LayerBlob, LayerCompression } from "../layer/layer-blob.ts";
import { isKeptWhole } from "../layer/layer-tree.ts";
import { writeLayer } from "../layer/layer-writer.ts";
import { writtenMetadata } from "../layer/tar-blocks.ts";
import { commitLayer } from "./commit.ts";
import { addToContent } from "./files-identity.ts";
import type { ForecastStep } from "./forecast.ts";
import { type KeptUnder, keepLayer } from "./keep-layer.ts";
import { layerOfElsewhere } from "./layer-of-elsewhere.ts";
import type { LayerStep, MadeFiles } from "./layer-step.ts";
import { lookUp } from "./look-up.ts";
import { type MadeChanges, makeChanges } from "./made-changes.ts";
import { takePlainLayer } from "./plain-layer.ts";
import type { StepScope } from "./scope.ts";
import type { StepCache } from "./step-cache.ts";
import { isInTarget } from "./target-layers.ts";

/**
 * Gives a stage the layer of an instruction: one that an earlier build has made, and the cache or an image has, or
 * else one that is made now, also where it says nothing.
 *
 * @throws what `step.make` throws; FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, CONTEXT_UNREADABLE, IMAGE_MALFORMED
 */
export async function carryOut(
  step: LayerStep,
  scope: StepScope,
  forecast?: ForecastStep,
): Promise<void> {
  const { cache } = scope.build;
  if (cache === undefined) {
    const layer = await writeMade(await makeChanges(step, scope), scope);
    return commitLayer(scope, step.createdBy, { layer, created: scope.build.created });
  }
  const { keys: known, entry } = await lookUp(step, scope, { cache, forecast });
  if (entry !== undefined) return useEntry(entry, step, { scope, cache });
  const keys = cache.layers.isWritten ? known : [];
  let made: Promise<MadeChanges> | undefined;
  const make = (): Promise<MadeChanges> => {
    made ??= makeChanges(step, scope);
    return made;
  };
  if (cache.images.areNamed && (await takePlainLayer(step, scope, { cache, keys, make }))) return;
  await makeEntry(await make(), step, { scope, cache, keys });
}

/** `offsets` learns where in the layer the bytes of files begin. */
async function writeMade(
  { files, changes }: MadeChanges,
  scope: StepScope,
  offsets?: Map<FileNode, number>,
): Promise<LayerBlob> {
  const { build } = scope;
  const layer = await writeLayer(changes, {
    contents: build.ports.contents,
    spool: build.ports.spool,
    compression: compressionOf(scope),
    latestMtime: build.request.sourceDateEpoch,
    ...(build.cache === undefined ? {} : { digests: build.cache.digests }),
    ...(offsets === undefined ? {} : { offsets }),
  });
  const { digest, size } = layer.descriptor;
  build.ports.log.debug("wrote layer", { digest, bytes: size });
  await setFiles(files, scope);
  return layer;
}

/** A layer that goes nowhere, but is read by the build itself, is packed and unpacked fast. */
function compressionOf({ state, build }: StepScope): LayerCompression {
  const isKept = build.cache !== undefined || isInTarget(state.planned, build.plan);
  return isKept ? build.request.compression : { algorithm: "zstd", level: 1 };
}

async function setFiles({ tree, isLinked }: MadeFiles, { state }: StepScope): Promise<void> {
  const after = isLinked ? (await state.tree()).fork() : tree;
  if (isLinked) mergeTree(after, tree);
  state.setTree(after);
}

async function makeEntry(
  made: MadeChanges,
  step: LayerStep,
  { scope, cache, keys }: KeptUnder & { readonly scope: StepScope },
): Promise<void> {
  const { request, created } = scope.build;
  const offsets = new Map<FileNode, number>();
  const layer = await writeMade(made, scope, offsets);
  const changes = await changesDigest(made.changes, cache.digests);
  addToContent(scope, changes);
  if (keys.length === 0) return commitLayer(scope, step.createdBy, { layer, created });
  const whole = await readWhole(made.changes, scope);
  const listing = writeListing(made.changes, {
    offsetOf: (node) => offsets.get(node),
    digestOf: (node) => cache.digests.get(node),
    wholeOf: (node) => whole.get(node),
    metadataOf: (node) => writtenMetadata(node, request.sourceDateEpoch),
  });
  const kept = { layer, listing, changes, created };
  const { stored } = await keepLayer(kept, step, { scope, cache, keys });
  commitLayer(scope, step.createdBy, { layer, created, stored });
}

/** Contents of files that builds ask for: who has the listing needs no layer for them. */
async function readWhole(
  changes: Iterable<LayerChange>,
  { build }: StepScope,
): Promise<ReadonlyMap<FileNode, Uint8Array>> {
  const whole = new Map<FileNode, Uint8Array>();
  for (const change of changes) {
    if (change.kind !== "put" || change.node.type !== "file") continue;
    if (!isKeptWhole(change.path, change.node.size)) continue;
    whole.set(change.node, await readBody(await build.ports.contents.open(change.node)));
  }
  return whole;
}

/** Nothing of the layer is read before somebody asks for its files. */
function useEntry(
  entry: CacheEntry,
  step: LayerStep,
  { scope, cache }: { readonly scope: StepScope; readonly cache: StepCache },
): void {
  const { state, build } = scope;
  const { descriptor } = entry;
  const layer = build.keptLayer({ descriptor, open: () => entry.open() });
  state.changeTree((tree) =>
    entry.useListing((listing) => applyEntries(tree, readListing(listing, layer, cache.digests))),
  );
  addToContent(scope, entry.changes);
  commitLayer(scope, step.createdBy, {
    created: entry.created,
    layer: layerOfElsewhere(entry, layer),
  });
}
