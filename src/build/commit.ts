import type { FileTree } from "../filetree/tree.ts";
import { layerChanges } from "../layer/layer-changes.ts";
import { writeLayer } from "../layer/layer-writer.ts";
import { historyComment } from "./history.ts";
import type { StepScope } from "./scope.ts";

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
  const { state, build } = scope;
  const { contents, spool, startLayer, log } = build.ports;
  const changes = await layerChanges(await state.tree(), after, contents);
  const layer = await writeLayer(changes, {
    contents,
    spool,
    latestMtime: build.request.sourceDateEpoch,
  });
  log.debug("wrote layer", { digest: layer.descriptor.digest, bytes: layer.descriptor.size });
  state.layers.push(layer);
  state.setTree(after);
  record(scope, createdBy, false);
  if (isInTarget(scope)) startLayer(layer);
}

function record(scope: StepScope, createdBy: string, isEmpty: boolean): void {
  scope.state.history.push({
    created: scope.build.created,
    created_by: createdBy,
    comment: historyComment,
    ...(isEmpty ? { empty_layer: true } : {}),
  });
}

/** Whether the stage's layers become layers of the resulting image. */
function isInTarget(scope: StepScope): boolean {
  const { stages, target } = scope.build.plan;
  for (let at = stages[target]; at !== undefined; ) {
    if (at.index === scope.state.planned.index) return true;
    at = at.base.kind === "stage" ? stages[at.base.index] : undefined;
  }
  return false;
}
