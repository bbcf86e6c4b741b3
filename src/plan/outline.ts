import type { Dockerfile } from "../dockerfile/instruction.ts";
import type { SourceLocation } from "../errors/source-location.ts";
import { BaseConfigs, type ResolveConfig } from "./base-configs.ts";
import { type BuildPlan, globalArgumentsOf, type PlanRequest, planBuild } from "./build-plan.ts";
import {
  argumentsInFrom,
  type OutlineAccess,
  type OutlineArgument,
  StageOutline,
} from "./outline-stage.ts";
import { readStages } from "./read-stages.ts";
import { reachableInstructions, stagesNamedBy } from "./stage-instructions.ts";

/** A stage that can be built. */
export interface OutlineTarget {
  /** Empty where it has none. */
  readonly name: string;
  /** The text of a comment `# <name> text` above it; empty where there is none. */
  readonly description: string;
  /** Whether it is what is built when no target is named. */
  readonly default: boolean;
  /** As written. */
  readonly base: string;
  /** As written; empty where absent. */
  readonly platform: string;
  readonly location: SourceLocation;
}

/** What building a target takes from outside, each list in order of line and name. */
export interface Outline {
  readonly name: string;
  readonly description: string;
  readonly args: readonly OutlineArgument[];
  readonly secrets: readonly OutlineAccess[];
  readonly ssh: readonly OutlineAccess[];
}

/** The stages of a Dockerfile. */
export function listTargets({ stages }: Dockerfile): OutlineTarget[] {
  return stages.map((stage, index) => ({
    name: stage.name,
    description: stage.description ?? "",
    default: index === stages.length - 1,
    base: stage.base,
    platform: stage.platform,
    location: stage.location,
  }));
}

/**
 * Finds out what the target takes from outside, in the stages that it needs. Where `resolve` knows a
 * base image, its ONBUILD triggers count.
 *
 * @throws DOCKERFILE_INVALID, DOCKERFILE_SYNTAX, and what `resolve` throws
 */
export async function outlineTarget(
  dockerfile: Dockerfile,
  request: PlanRequest,
  resolve: ResolveConfig,
): Promise<Outline> {
  const plan = planBuild(dockerfile, request);
  const bases = new BaseConfigs(plan, resolve);
  const globals = globalArgumentsOf(dockerfile, request);
  const reachable = await reachableInstructions(plan, bases);
  const outlines = new Map<number, StageOutline>();
  const stages = plan.stages.flatMap((planned) => {
    const { index } = planned;
    const found = reachable.get(index);
    if (found === undefined) return [];
    const outline = new StageOutline(globals, argumentsInFrom(planned, plan));
    outlines.set(index, outline);
    return [{ planned, instructions: found.instructions, observer: outline.observer }];
  });
  await readStages(stages, plan, { bases, buildArgs: request.buildArgs });
  return join(plan, (index) => {
    const instructions = reachable.get(index)?.instructions ?? [];
    const sources = instructions.flatMap((inner) => stagesNamedBy(inner, plan));
    return { outline: outlines.get(index), sources };
  });
}

/** What the target takes, then its base, then those that it copies from; of a name the first counts. */
function join(
  plan: BuildPlan,
  stageAt: (index: number) => {
    readonly outline: StageOutline | undefined;
    readonly sources: readonly number[];
  },
): Outline {
  const args = new Map<string, OutlineArgument>();
  const secrets = new Map<string, OutlineAccess>();
  const ssh = new Map<string, OutlineAccess>();
  const seen = new Set<number>();
  const visit = (index: number): void => {
    const { outline, sources } = stageAt(index);
    if (outline === undefined || seen.has(index)) return;
    seen.add(index);
    addMissing(args, outline.usedArguments());
    addMissing(secrets, outline.secrets);
    addMissing(ssh, outline.ssh);
    const base = plan.stages[index]?.base;
    if (base?.kind === "stage") visit(base.index);
    sources.forEach(visit);
  };
  visit(plan.target);
  const { name = "", description = "" } = plan.stages[plan.target]?.stage ?? {};
  return { name, description, args: inOrder(args), secrets: inOrder(secrets), ssh: inOrder(ssh) };
}

function addMissing<T>(target: Map<string, T>, found: ReadonlyMap<string, T>): void {
  for (const [name, item] of found) if (!target.has(name)) target.set(name, item);
}

function inOrder<T extends OutlineAccess | OutlineArgument>(found: ReadonlyMap<string, T>): T[] {
  return [...found.values()].toSorted(
    (a, b) =>
      a.location.firstLine - b.location.firstLine ||
      Number(a.name > b.name) - Number(a.name < b.name),
  );
}
