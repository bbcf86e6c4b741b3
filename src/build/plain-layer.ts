import { changesDigest, type SaidChange } from "../cache/files-digest.ts";
import type { PlainLayer } from "../cache/plain-images.ts";
import { isBuilderError } from "../errors/builder-error.ts";
import { applyEntries } from "../filetree/apply.ts";
import type { LayerEntry } from "../filetree/layer-entry.ts";
import type { LayerSource } from "../filetree/node.ts";
import { layerInFormat } from "../image/image-format.ts";
import { isForeignLayerType } from "../image/media-type.ts";
import { applyLayer, readEntries } from "../layer/layer-tree.ts";
import { commitLayer } from "./commit.ts";
import { addToContent } from "./files-identity.ts";
import type { LayerStep } from "./layer-step.ts";
import { changesOf } from "./made-changes.ts";
import type { StepScope } from "./scope.ts";
import type { StepCache } from "./step-cache.ts";

/**
 * Gives a stage the layer of a step from an image of `--cache-from`, where one is known to have it: what a RUN or
 * WORKDIR depends on is in the image's history, and files that a COPY or ADD brings have to be the same as in the
 * image's layer, which is read for that. Tells whether there is one.
 *
 * @throws what `step.make` throws.
 */
export async function takePlainLayer(
  step: LayerStep,
  scope: StepScope,
  cache: StepCache,
): Promise<boolean> {
  if (!cache.images.areNamed || cache.isFresh(scope.state.planned)) return false;
  const isTold = step.isToldByHistory();
  if (!isTold && step.cachedAs === "run") return false;
  const found = await findLayer(step, scope, cache);
  if (found === undefined) return false;
  // While it is compared, one that cannot be read is no reason to start again.
  let isTaken = isTold;
  const layer = scope.build.keptLayer({
    descriptor: found.descriptor,
    open: () => (isTaken ? found.openForGood() : found.open()),
  });
  if (isTold) takeUnread(layer, found, scope);
  else if (!(await takeIfSame(layer, found, { step, scope, cache }))) return false;
  isTaken = true;
  commit(step, scope, { found, layer });
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

/** Nothing of the layer is read before somebody asks for its files: what they are is not known. */
function takeUnread(layer: LayerSource, { diffId }: PlainLayer, { state }: StepScope): void {
  state.changeTree((tree) => applyLayer(tree, layer, { diffId }));
  state.identity = { ...state.identity, content: undefined };
}

interface ComparedStep {
  readonly step: LayerStep;
  readonly scope: StepScope;
  readonly cache: StepCache;
}

async function takeIfSame(
  layer: LayerSource,
  { diffId, image }: PlainLayer,
  { step, scope, cache }: ComparedStep,
): Promise<boolean> {
  const { digests } = cache;
  const { log } = scope.build.ports;
  const made = await changesDigest(await changesOf(await step.make(), scope), digests);
  const entries: SaidChange[] = [];
  let isComparable = true;
  const take = async (said: LayerEntry, body: Parameters<TakeEntry>[1]): Promise<void> => {
    if (said.kind === "opaque") isComparable = false;
    else entries.push(said);
    if (said.kind !== "put" || said.node.type !== "file" || body === undefined) return;
    for await (const _ of digests.watch(said.node, body));
  };
  try {
    await readEntries(layer, { diffId }, take);
  } catch (error) {
    scope.build.signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    log.warn("an image cannot be used as a cache", { image, reason });
    return false;
  }
  if (!isComparable || (await changesDigest(entries, digests)) !== made) return false;
  scope.state.changeTree((tree) => {
    applyEntries(tree, entries);
    return Promise.resolve();
  });
  addToContent(scope, made);
  return true;
}

type TakeEntry = Parameters<typeof readEntries>[2];

function commit(
  step: LayerStep,
  scope: StepScope,
  { found, layer }: { readonly found: PlainLayer; readonly layer: LayerSource },
): void {
  const { state, build, location } = scope;
  const { descriptor, diffId, origin, image } = found;
  const where = { stage: state.planned.label, line: location.firstLine };
  build.ports.log.info("an image has the layer of this", { image, ...where });
  commitLayer(scope, step.createdBy, {
    created: found.created ?? build.created,
    layer: {
      descriptor,
      diffId,
      open: () => layer.open(),
      ...(origin === undefined ? {} : { origin }),
    },
  });
}
