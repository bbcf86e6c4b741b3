import type { BuildPlan } from "../plan/build-plan.ts";
import type { PlannedStage } from "../plan/planned-stage.ts";

/** Whether the stage's layers become layers of the resulting image. */
export function isInTarget({ index }: PlannedStage, { stages, target }: BuildPlan): boolean {
  for (let at = stages[target]; at !== undefined; ) {
    if (at.index === index) return true;
    at = at.base.kind === "stage" ? stages[at.base.index] : undefined;
  }
  return false;
}
