import type { Instruction } from "../dockerfile/instruction.ts";
import { parseInstruction } from "../dockerfile/parse.ts";
import { type BaseConfigs, baseImageOf } from "./base-configs.ts";
import type { BuildPlan } from "./build-plan.ts";
import { findStage, fromsOf } from "./resolve-from.ts";

/** The instructions of a stage, and how many of them, at the start, are triggers of its base. */
export interface StageInstructions {
  readonly instructions: readonly Instruction[];
  readonly triggerCount: number;
}

/**
 * The instructions of all stages that the target needs, by index, with the ONBUILD triggers of their
 * bases. A trigger can make the target need more stages than the plan knows of.
 *
 * @throws DOCKERFILE_SYNTAX for a malformed trigger, and what resolving a base throws
 */
export async function reachableInstructions(
  plan: BuildPlan,
  bases: BaseConfigs,
): Promise<ReadonlyMap<number, StageInstructions>> {
  const found = new Map<number, StageInstructions>();
  const pending = [plan.target];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    const planned = plan.stages[index];
    if (planned === undefined || found.has(index)) continue;
    const { location } = planned.stage;
    const triggers = await triggersOf(index, plan, bases);
    const instructions = [
      ...triggers.map((trigger) => parseInstruction(trigger, location)),
      ...planned.stage.instructions,
    ];
    found.set(index, { instructions, triggerCount: triggers.length });
    if (planned.base.kind === "stage") pending.push(planned.base.index);
    pending.push(...instructions.flatMap((inner) => stagesNamedBy(inner, plan)));
  }
  return found;
}

/**
 * The indices of the stages that an instruction takes files from, in whatever order they stand.
 *
 * @throws DOCKERFILE_INVALID
 */
export function stagesNamedBy(instruction: Instruction, { stages }: BuildPlan): number[] {
  return fromsOf(instruction).flatMap((from) => findStage(from, stages, instruction) ?? []);
}

async function triggersOf(
  index: number,
  plan: BuildPlan,
  bases: BaseConfigs,
): Promise<readonly string[]> {
  const base = plan.stages[index]?.base;
  if (base?.kind === "stage") {
    const instructions = plan.stages[base.index]?.stage.instructions ?? [];
    return instructions.flatMap((inner) => (inner.type === "ONBUILD" ? [inner.expression] : []));
  }
  const image = baseImageOf(index, plan);
  const config = image === undefined ? undefined : await bases.load(image);
  return config?.config?.OnBuild ?? [];
}
