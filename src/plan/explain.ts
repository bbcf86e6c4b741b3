import type { Instruction } from "../dockerfile/instruction.ts";
import type { SourceLocation } from "../errors/source-location.ts";
import { formatFullPlatform } from "../image/platform.ts";
import { BaseConfigs, type ResolveConfig } from "./base-configs.ts";
import type { BuildPlan } from "./build-plan.ts";
import type { PlannedStage, StageBase } from "./planned-stage.ts";
import {
  reachableInstructions,
  type StageInstructions,
  stagesNamedBy,
} from "./stage-instructions.ts";

/** What an instruction comes to: a command in a root, a layer made without one, or neither. */
export type StepEffect = "command" | "layer" | "metadata";

/** One instruction of a stage that is built. */
export interface StepExplanation {
  /** Its joined lines as written. */
  readonly instruction: string;
  readonly location: SourceLocation;
  readonly effect: StepEffect;
  /** Indices of the stages whose files it takes. */
  readonly from: readonly number[];
  /** Whether it is an ONBUILD trigger of the base; it stands where the FROM does. */
  readonly isTrigger: boolean;
}

/** Why a stage is built: it is the target, or another stage takes something from it. */
export interface StageUse {
  readonly kind: "base" | "files" | "target";
  /** The stage that uses it; undefined for the target. */
  readonly stage: number | undefined;
  readonly location: SourceLocation;
}

/** One stage of the file. */
export interface StageExplanation {
  readonly index: number;
  /** Its name, or `stage-N`. */
  readonly name: string;
  readonly location: SourceLocation;
  /** What it starts from: a stage by its label, an image or context by name, or `scratch`. */
  readonly base: string;
  readonly baseKind: StageBase["kind"];
  /** From `--platform`; undefined means the target platform. */
  readonly platform: string | undefined;
  /** Empty for a stage that the target does not need, which is then pruned, without steps. */
  readonly uses: readonly StageUse[];
  /** The most that any of its steps comes to; undefined where it has none. */
  readonly effect: StepEffect | undefined;
  readonly steps: readonly StepExplanation[];
}

/** What a build would do. */
export interface PlanExplanation {
  /** Index of the stage whose image is the result. */
  readonly target: number;
  readonly stages: readonly StageExplanation[];
}

const effects: readonly StepEffect[] = ["command", "layer", "metadata"];

/**
 * Explains a plan: which stages are built and why, and what their steps come to. Where `resolve`
 * knows a base image, its ONBUILD triggers are among the steps.
 *
 * @throws DOCKERFILE_INVALID, DOCKERFILE_SYNTAX, and what `resolve` throws
 */
export async function explainPlan(
  plan: BuildPlan,
  resolve: ResolveConfig,
): Promise<PlanExplanation> {
  const reachable = await reachableInstructions(plan, new BaseConfigs(plan, resolve));
  const stages = plan.stages.map((planned) => explainStage(planned, plan, reachable));
  return { target: plan.target, stages };
}

type Reachable = ReadonlyMap<number, StageInstructions>;

function explainStage(
  planned: PlannedStage,
  plan: BuildPlan,
  reachable: Reachable,
): StageExplanation {
  const { index, label, base, platform, stage } = planned;
  const { instructions = [], triggerCount = 0 } = reachable.get(index) ?? {};
  const steps = instructions.map((instruction, at) => ({
    instruction: instruction.source,
    location: instruction.location,
    effect: effectOf(instruction),
    from: stagesNamedBy(instruction, plan),
    isTrigger: at < triggerCount,
  }));
  return {
    index,
    name: label,
    location: stage.location,
    base: nameOf(base, plan),
    baseKind: base.kind,
    platform: platform === undefined ? undefined : formatFullPlatform(platform),
    uses: usesOf(planned, plan, reachable),
    effect: effects.find((effect) => steps.some((step) => step.effect === effect)),
    steps,
  };
}

function nameOf(base: StageBase, plan: BuildPlan): string {
  if (base.kind === "stage") return plan.stages[base.index]?.label ?? "";
  return base.kind === "scratch" ? "scratch" : base.name;
}

function effectOf({ type }: Instruction): StepEffect {
  if (type === "RUN") return "command";
  return type === "ADD" || type === "COPY" || type === "WORKDIR" ? "layer" : "metadata";
}

function usesOf({ index, stage }: PlannedStage, plan: BuildPlan, reachable: Reachable): StageUse[] {
  const uses: StageUse[] = [];
  if (index === plan.target) {
    uses.push({ kind: "target", stage: undefined, location: stage.location });
  }
  for (const other of plan.stages) {
    const found = reachable.get(other.index);
    if (found === undefined) continue;
    if (other.base.kind === "stage" && other.base.index === index) {
      uses.push({ kind: "base", stage: other.index, location: other.stage.location });
    }
    for (const instruction of found.instructions) {
      if (!stagesNamedBy(instruction, plan).includes(index)) continue;
      uses.push({ kind: "files", stage: other.index, location: instruction.location });
    }
  }
  return uses;
}
