import type { Dockerfile } from "../dockerfile/instruction.ts";
import { didYouMean, nearestOption } from "../dockerfile/suggestion.ts";
import { DockerfileError } from "../errors/dockerfile-error.ts";
import {
  evaluateGlobalArguments,
  type GlobalArguments,
  type GlobalScopeRequest,
} from "./global-scope.ts";
import type { NamedContexts } from "./named-context.ts";
import { type PlannedStage, planStage } from "./planned-stage.ts";
import { type FromScope, stagesUsedBy } from "./resolve-from.ts";
import { assertAcyclic, type StageSources, sourcesByStage } from "./stage-sources.ts";

/** What has to be done for one target. */
export interface BuildPlan extends FromScope {
  readonly dockerfile: Dockerfile;
  /** Indices of the stages that the target needs, itself included, in file order. */
  readonly reachable: readonly number[];
  /** Index of the stage whose image is the result. */
  readonly target: number;
  /** The arguments that stages can take over with `ARG NAME`. */
  readonly globalScope: ReadonlyMap<string, string>;
}

export interface PlanRequest extends Omit<GlobalScopeRequest, "targetStage"> {
  /** Name of the stage to build; the last stage where undefined. */
  readonly target: string | undefined;
  readonly namedContexts: NamedContexts;
}

/**
 * Resolves all FROM lines and finds out what the target needs. Stages that it does not need are
 * neither built nor are their bases pulled.
 *
 * @throws DOCKERFILE_INVALID, DOCKERFILE_SYNTAX
 */
export function planBuild(dockerfile: Dockerfile, request: PlanRequest): BuildPlan {
  const plan = planStages(dockerfile, request);
  for (const index of plan.reachable) {
    const instructions = plan.stages[index]?.stage.instructions ?? [];
    for (const instruction of instructions) stagesUsedBy(instruction, index, plan);
  }
  return plan;
}

/**
 * As `planBuild`, but a `--from` may name a stage that comes later: for those who want to say more
 * of a Dockerfile than that.
 *
 * @throws DOCKERFILE_INVALID, DOCKERFILE_SYNTAX
 */
export function planStages(dockerfile: Dockerfile, request: PlanRequest): BuildPlan {
  const { scope: globalScope } = globalArgumentsOf(dockerfile, request);
  const { namedContexts, targetPlatform } = request;
  const stages: PlannedStage[] = [];
  for (const [index, stage] of dockerfile.stages.entries()) {
    const scope = { ...request, escape: dockerfile.escape, stages, globalScope };
    stages.push(planStage(stage, index, scope));
  }
  const target = findTarget(stages, request.target);
  const sources = sourcesByStage(stages);
  assertAcyclic(stages, sources);
  const plan = { dockerfile, stages, target, globalScope, namedContexts, targetPlatform };
  return { ...plan, reachable: findReachable(plan, sources) };
}

/**
 * The arguments of the file as a whole.
 *
 * @throws DOCKERFILE_INVALID when there is no stage, DOCKERFILE_SYNTAX
 */
export function globalArgumentsOf(dockerfile: Dockerfile, request: PlanRequest): GlobalArguments {
  const last = dockerfile.stages.at(-1);
  if (last === undefined) {
    throw new DockerfileError("DOCKERFILE_INVALID", "dockerfile contains no stages to build");
  }
  const targetStage = request.target ?? (last.name === "" ? "default" : last.name);
  return evaluateGlobalArguments(dockerfile, { ...request, targetStage });
}

function findTarget(stages: readonly PlannedStage[], target: string | undefined): number {
  if (target === undefined) return stages.length - 1;
  const names = stages.map(({ stage }) => stage.name);
  const index = names.lastIndexOf(target.toLowerCase());
  if (target !== "" && index >= 0) return index;
  const labels = stages.map(({ label }) => label);
  throw new DockerfileError(
    "DOCKERFILE_INVALID",
    `target stage "${target}" could not be found${didYouMean(nearestOption(target, labels))}`,
    { hint: `Stages of this Dockerfile: ${names.filter(Boolean).join(", ") || "none is named"}` },
  );
}

function findReachable(
  { stages, target }: Pick<BuildPlan, "stages" | "target">,
  sources: readonly StageSources[],
): number[] {
  const reached = new Set<number>();
  const visit = (index: number): void => {
    if (reached.has(index)) return;
    reached.add(index);
    const base = stages[index]?.base;
    if (base?.kind === "stage") visit(base.index);
    for (const source of sources[index]?.keys() ?? []) visit(source);
  };
  visit(target);
  return [...reached].toSorted((a, b) => a - b);
}
