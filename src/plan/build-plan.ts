import type { Dockerfile } from "../dockerfile/instruction.ts";
import { DockerfileError } from "../errors/dockerfile-error.ts";
import { nearest } from "../errors/nearest.ts";
import { evaluateGlobalScope, type GlobalScopeRequest } from "./global-scope.ts";
import type { NamedContexts } from "./named-context.ts";
import { type PlannedStage, planStage } from "./planned-stage.ts";
import { type FromScope, stagesUsedBy } from "./resolve-from.ts";

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
  const target = findTarget(dockerfile, request.target);
  const targetName = dockerfile.stages[target]?.name ?? "";
  const globalScope = evaluateGlobalScope(dockerfile, {
    ...request,
    targetStage: request.target ?? (targetName === "" ? "default" : targetName),
  });
  const { namedContexts, targetPlatform } = request;
  const stages: PlannedStage[] = [];
  for (const [index, stage] of dockerfile.stages.entries()) {
    const scope = { ...request, escape: dockerfile.escape, stages, globalScope };
    stages.push(planStage(stage, index, scope));
  }
  const plan = { dockerfile, stages, target, globalScope, namedContexts, targetPlatform };
  return { ...plan, reachable: findReachable(plan) };
}

function findTarget(dockerfile: Dockerfile, target: string | undefined): number {
  if (dockerfile.stages.length === 0) {
    throw new DockerfileError("DOCKERFILE_INVALID", "dockerfile contains no stages to build");
  }
  if (target === undefined) return dockerfile.stages.length - 1;
  const names = dockerfile.stages.map((stage) => stage.name);
  const index = names.lastIndexOf(target.toLowerCase());
  if (target !== "" && index >= 0) return index;
  const suggestion = nearest(target, names);
  const aside = suggestion === undefined ? "" : ` (did you mean ${suggestion}?)`;
  throw new DockerfileError(
    "DOCKERFILE_INVALID",
    `target stage "${target}" could not be found${aside}`,
    { hint: `Stages of this Dockerfile: ${names.filter(Boolean).join(", ") || "none is named"}` },
  );
}

function findReachable(plan: Omit<BuildPlan, "reachable">): number[] {
  const reached = new Set<number>();
  const visit = (index: number): void => {
    const planned = plan.stages[index];
    if (planned === undefined || reached.has(index)) return;
    reached.add(index);
    if (planned.base.kind === "stage") visit(planned.base.index);
    for (const instruction of planned.stage.instructions) {
      stagesUsedBy(instruction, index, plan).forEach(visit);
    }
  };
  visit(plan.target);
  return [...reached].toSorted((a, b) => a - b);
}
