import { isBuilderError } from "../errors/builder-error.ts";
import { parseReference } from "../image/reference.ts";
import { BaseConfigs } from "../plan/base-configs.ts";
import type { BuildPlan } from "../plan/build-plan.ts";
import { contextName } from "../plan/named-context.ts";
import type { PlannedStage } from "../plan/planned-stage.ts";
import {
  reachableInstructions,
  type StageInstructions,
  stagesNamedBy,
} from "../plan/stage-instructions.ts";

/** A stage that is built as a part of those that use it, and why, to go behind its name and a colon. */
export interface KeptStage {
  readonly label: string;
  readonly reason: string;
}

/** Which stages can be built by themselves, and what each takes from others. */
export interface StageCut {
  /** By index, in file order; the target is not among them. */
  readonly cut: readonly PlannedStage[];
  readonly kept: readonly KeptStage[];
  /** Indices of the stages that a stage starts from or takes files from. */
  readonly usedBy: (index: number) => readonly number[];
}

/** What is known of the stages that the target needs. */
interface StageUses {
  readonly plan: BuildPlan;
  readonly instructions: ReadonlyMap<number, StageInstructions>;
}

/**
 * Finds the stages that another pod can build and hand over as an image. They run commands, others take
 * files from them, and nothing else is taken: a stage that starts from another takes over its arguments as
 * well, which an image does not hold. Base images are not looked into, so that every pod comes to the same
 * answer.
 *
 * @throws DOCKERFILE_SYNTAX for a malformed trigger
 */
export async function cutStages(plan: BuildPlan): Promise<StageCut> {
  const bases = new BaseConfigs(plan, () => Promise.resolve(undefined));
  const uses: StageUses = { plan, instructions: await reachableInstructions(plan, bases) };
  const cut: PlannedStage[] = [];
  const kept: KeptStage[] = [];
  for (const stage of plan.stages) {
    const isPart = uses.instructions.has(stage.index) && !stage.isReplaced;
    if (!isPart || stage.index === plan.target) continue;
    const reason = reasonToKeep(stage, uses);
    if (reason === undefined) cut.push(stage);
    else kept.push({ label: stage.label, reason });
  }
  return { cut, kept, usedBy: (index) => [...basesOf(index, uses), ...filesOf(index, uses)] };
}

function reasonToKeep(stage: PlannedStage, uses: StageUses): string | undefined {
  const child = uses.plan.stages.find((other) => basesOf(other.index, uses).includes(stage.index));
  if (child !== undefined) return `${child.label} starts from it`;
  if (!runsCommand(stage.index, uses)) return "it runs no command";
  return reasonOfName(stage, uses.plan);
}

/** Why no named context can stand for this stage, and for nothing else. */
function reasonOfName(
  { index, stage: { name } }: PlannedStage,
  plan: BuildPlan,
): string | undefined {
  if (name === "") return "it has no name";
  if (plan.stages.some((other) => other.index !== index && other.stage.name === name)) {
    return "another stage has its name";
  }
  if (!canBeContext(name)) return "its name cannot be that of a context";
  const namesake = plan.stages.find(
    ({ base }) => base.kind === "image" && contextName(base.reference) === name,
  );
  return namesake && `${namesake.label} starts from an image of its name`;
}

function canBeContext(name: string): boolean {
  try {
    return name !== "context" && contextName(parseReference(name)) === name;
  } catch (error) {
    if (isBuilderError(error, "IMAGE_REFERENCE_INVALID")) return false;
    throw error;
  }
}

function runsCommand(index: number, uses: StageUses): boolean {
  const own = uses.instructions.get(index)?.instructions ?? [];
  if (own.some(({ type }) => type === "RUN")) return true;
  return basesOf(index, uses).some((base) => runsCommand(base, uses));
}

/** The stage that a stage starts from, if it is needed and starts from one. */
function basesOf(index: number, { plan, instructions }: StageUses): readonly number[] {
  const base = plan.stages[index]?.base;
  return instructions.has(index) && base?.kind === "stage" ? [base.index] : [];
}

function filesOf(index: number, { plan, instructions }: StageUses): readonly number[] {
  const own = instructions.get(index)?.instructions ?? [];
  const named = own.flatMap((instruction) => stagesNamedBy(instruction, plan));
  return named.filter((other) => plan.stages[other]?.isReplaced === false);
}
