import type { ImageLayer } from "../output/output.ts";
import { historyComment } from "./history.ts";
import type { StepScope } from "./scope.ts";
import { isInTarget } from "./target-layers.ts";

/** Records an instruction that changed the configuration only. */
export function commitMetadata(scope: StepScope, createdBy: string): void {
  record(scope, createdBy, true);
}

/**
 * Takes a layer that is complete into the stage, and records its instruction. It waits for `stored` before it
 * goes out.
 */
export function commitLayer(
  scope: StepScope,
  createdBy: string,
  { layer, stored }: { readonly layer: ImageLayer; readonly stored?: Promise<void> | undefined },
): void {
  const { state, build } = scope;
  state.layers.push(layer);
  if (isInTarget(state.planned, build.plan)) build.ports.startLayer(layer, stored);
  record(scope, createdBy, false);
}

function record(scope: StepScope, createdBy: string, isEmpty: boolean): void {
  scope.state.history.push({
    created: scope.build.created,
    created_by: createdBy,
    comment: historyComment,
    ...(isEmpty ? { empty_layer: true } : {}),
  });
}
