import type { Instruction } from "../dockerfile/instruction.ts";
import { type BaseConfigs, baseImageOf } from "./base-configs.ts";
import type { BuildPlan, PlanRequest } from "./build-plan.ts";
import type { PlannedStage } from "./planned-stage.ts";
import { readStage, type StageObserver } from "./read-stage.ts";
import { factsOfImage, factsOfStage, type StageFacts } from "./stage-facts.ts";

/** A stage that is to be read, with its triggers among the instructions. */
export interface StageToRead {
  readonly planned: PlannedStage;
  readonly instructions: readonly Instruction[];
  readonly observer: StageObserver;
}

/**
 * Reads stages, given in file order, without building them. A stage can be read only after the one
 * that it starts from.
 *
 * @throws DOCKERFILE_SYNTAX, DOCKERFILE_INVALID, what resolving a base throws, what an observer throws
 */
export async function readStages(
  stages: Iterable<StageToRead>,
  plan: BuildPlan,
  { bases, buildArgs }: Pick<PlanRequest, "buildArgs"> & { readonly bases: BaseConfigs },
): Promise<void> {
  const { escape } = plan.dockerfile;
  const facts = new Map<number, StageFacts>();
  for (const { planned, instructions, observer } of stages) {
    const { base, index } = planned;
    const parent = base.kind === "stage" ? facts.get(base.index) : undefined;
    const own = parent === undefined ? await startFacts(index, plan, bases) : factsOfStage(parent);
    facts.set(index, own);
    readStage(instructions, own, { escape, globalScope: plan.globalScope, buildArgs, observer });
  }
}

async function startFacts(index: number, plan: BuildPlan, bases: BaseConfigs): Promise<StageFacts> {
  const image = baseImageOf(index, plan);
  return factsOfImage(image === undefined ? {} : await bases.load(image));
}
