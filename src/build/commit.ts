import { diffTrees, type LayerChange } from "../filetree/diff.ts";
import { mergeTree } from "../filetree/merge.ts";
import { FileTree } from "../filetree/tree.ts";
import { layerChanges } from "../layer/layer-changes.ts";
import { writeLayer } from "../layer/layer-writer.ts";
import { historyComment } from "./history.ts";
import type { StepScope } from "./scope.ts";
import { isInTarget } from "./target-layers.ts";

/** Records an instruction that changed the configuration only. */
export function commitMetadata(scope: StepScope, createdBy: string): void {
  record(scope, createdBy, true);
}

/**
 * Writes what distinguishes `after` from the stage's files as a layer, also where that is nothing,
 * and makes `after` the stage's files.
 *
 * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, CONTEXT_UNREADABLE, IMAGE_MALFORMED
 */
export async function commitLayer(
  scope: StepScope,
  createdBy: string,
  after: FileTree,
): Promise<void> {
  const before = await scope.state.tree();
  await writeChanges(scope, await layerChanges(before, after, scope.build.ports.contents));
  scope.state.setTree(after);
  record(scope, createdBy, false);
}

/**
 * Writes all that `files` holds as a layer, whatever the stage's files are, and lays it over them.
 *
 * @throws what `commitLayer` throws.
 */
export async function commitLinkedLayer(
  scope: StepScope,
  createdBy: string,
  files: FileTree,
): Promise<void> {
  await writeChanges(scope, [...diffTrees(new FileTree(), files)]);
  const after = (await scope.state.tree()).fork();
  mergeTree(after, files);
  scope.state.setTree(after);
  record(scope, createdBy, false);
}

async function writeChanges(scope: StepScope, changes: readonly LayerChange[]): Promise<void> {
  const { state, build } = scope;
  const { contents, spool, startLayer, log } = build.ports;
  const layer = await writeLayer(changes, {
    contents,
    spool,
    compression: build.request.compression,
    latestMtime: build.request.sourceDateEpoch,
  });
  log.debug("wrote layer", { digest: layer.descriptor.digest, bytes: layer.descriptor.size });
  state.layers.push(layer);
  if (isInTarget(state.planned, build.plan)) startLayer(layer);
}

function record(scope: StepScope, createdBy: string, isEmpty: boolean): void {
  scope.state.history.push({
    created: scope.build.created,
    created_by: createdBy,
    comment: historyComment,
    ...(isEmpty ? { empty_layer: true } : {}),
  });
}
