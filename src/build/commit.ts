import type { ImageLayer } from "../output/output.ts";
import { historyComment } from "./history.ts";
import type { StepScope } from "./scope.ts";
import { isInTarget } from "./target-layers.ts";

/** Records an instruction that changed the configuration only. Its time is settled when the image is complete. */
export function commitMetadata(scope: StepScope, createdBy: string): void {
  scope.state.history.push({
    created_by: createdBy,
    comment: historyComment,
    empty_layer: true,
  });
}

/** A layer that has been made now, or by an earlier build. */
export interface CommittedLayer {
  readonly layer: ImageLayer;
  /** When, RFC 3339. */
  readonly created: string;
  readonly stored?: Promise<void> | undefined;
}

/**
 * Takes a layer that is complete into the stage, and records its instruction. It waits for `stored` before it
 * goes out.
 */
export function commitLayer(
  scope: StepScope,
  createdBy: string,
  { layer, created, stored }: CommittedLayer,
): void {
  const { state, build } = scope;
  state.layers.push(layer);
  if (isInTarget(state.planned, build.plan)) build.ports.startLayer(layer, stored);
  state.history.push({ created, created_by: createdBy, comment: historyComment });
}
