import type { Dockerfile, Instruction, Stage } from "../dockerfile/instruction.ts";
import { BuilderError } from "../errors/builder-error.ts";
import { DockerfileError } from "../errors/dockerfile-error.ts";
import { nearest } from "../errors/nearest.ts";
import { parsePlatform } from "../image/parse-platform.ts";
import type { Platform } from "../image/platform.ts";
import { type ImageReference, parseReference } from "../image/reference.ts";
import { evaluateGlobalScope, expandAt, type GlobalScopeRequest } from "./global-scope.ts";

/** What a stage starts from. */
export type StageBase =
  | { readonly kind: "scratch" }
  | { readonly kind: "stage"; readonly index: number }
  | { readonly kind: "image"; readonly reference: ImageReference; readonly name: string };

/** Where the files of a `--from` come from. */
export type FileSource = Exclude<StageBase, { readonly kind: "scratch" }>;

/** One stage with its FROM line resolved. */
export interface PlannedStage {
  /** Position in the Dockerfile, from 0. */
  readonly index: number;
  readonly stage: Stage;
  /** How messages call it: its name, or `stage-N`. */
  readonly label: string;
  readonly base: StageBase;
  /** From `--platform`; undefined means the target platform. */
  readonly platform: Platform | undefined;
}

/** What has to be done for one target. */
export interface BuildPlan {
  readonly dockerfile: Dockerfile;
  /** All stages of the file, by index. */
  readonly stages: readonly PlannedStage[];
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
}

/**
 * Resolves all FROM lines and finds out what the target needs. Stages that it does not need are
 * neither built nor are their bases pulled.
 *
 * @throws DOCKERFILE_INVALID, DOCKERFILE_SYNTAX
 */
export function planBuild(dockerfile: Dockerfile, request: PlanRequest): BuildPlan {
  const target = findTarget(dockerfile, request.target);
  const globalScope = evaluateGlobalScope(dockerfile, {
    ...request,
    targetStage: request.target ?? (dockerfile.stages[target]?.name || "default"),
  });
  const { buildPlatform } = request;
  const stages: PlannedStage[] = [];
  for (const [index, stage] of dockerfile.stages.entries()) {
    stages.push(planStage(stage, index, { dockerfile, stages, globalScope, buildPlatform }));
  }
  const plan = { dockerfile, stages, target, globalScope, reachable: [] };
  return { ...plan, reachable: findReachable(plan) };
}

/**
 * What the `--from` of a COPY or mount in stage `index` names: an earlier stage by name or number,
 * else an image.
 *
 * @throws DOCKERFILE_INVALID, with the instruction's location.
 */
export function resolveFrom(
  from: string,
  index: number,
  plan: Pick<BuildPlan, "stages">,
  instruction: Pick<Instruction, "location">,
): FileSource {
  const fail = (message: string): never => {
    throw new DockerfileError("DOCKERFILE_INVALID", message, { location: instruction.location });
  };
  if (from.includes("$")) {
    fail(
      "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
    );
  }
  const found = /^\d+$/.test(from)
    ? Number(from)
    : plan.stages.findLastIndex(({ stage }) => stage.name === from.toLowerCase());
  if (found < 0) return imageSource(from, instruction.location);
  if (found >= plan.stages.length) fail(`invalid stage index ${from}`);
  const label = plan.stages[index]?.label ?? "";
  if (found === index) fail(`circular dependency detected on stage: ${label}`);
  if (found > index) {
    fail(
      `cannot copy from stage "${from}", it needs to be defined before current stage "${label}"`,
    );
  }
  return { kind: "stage", index: found };
}

/** The `--from` values of an instruction: COPY's flag, and those of RUN's mounts. */
export function fromsOf(instruction: Instruction): string[] {
  if (instruction.type === "COPY") {
    return instruction.from === undefined ? [] : [instruction.from];
  }
  if (instruction.type !== "RUN") return [];
  return instruction.mounts.flatMap((mount) =>
    [...mount.matchAll(/(?:^|,)from=([^,]+)/gi)].map(([, from = ""]) => from),
  );
}

interface StageScope {
  readonly dockerfile: Dockerfile;
  /** The stages before this one. */
  readonly stages: readonly PlannedStage[];
  readonly globalScope: ReadonlyMap<string, string>;
  readonly buildPlatform: Platform;
}

function planStage(stage: Stage, index: number, scope: StageScope): PlannedStage {
  const site = { location: stage.location, escape: scope.dockerfile.escape };
  const base = expandAt(stage.base, scope.globalScope, site).text;
  if (base === "") {
    throw new DockerfileError(
      "DOCKERFILE_INVALID",
      `base name (${stage.base}) should not be blank`,
      {
        location: stage.location,
        hint: "Give the argument a default before FROM, or pass it with --build-arg",
      },
    );
  }
  const label = stage.name === "" ? `stage-${index}` : stage.name;
  const platform = planPlatform(stage, scope);
  if (base === "scratch") return { index, stage, label, platform, base: { kind: "scratch" } };
  const earlier = scope.stages.findLastIndex((other) => other.stage.name === base);
  const resolved: StageBase =
    earlier >= 0 ? { kind: "stage", index: earlier } : imageSource(base, stage.location);
  return { index, stage, label, platform, base: resolved };
}

function planPlatform(stage: Stage, scope: StageScope): Platform | undefined {
  if (stage.platform === "") return undefined;
  const site = { location: stage.location, escape: scope.dockerfile.escape };
  const text = expandAt(stage.platform, scope.globalScope, site).text;
  try {
    return parsePlatform(text, scope.buildPlatform);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DockerfileError("DOCKERFILE_INVALID", `failed to parse platform ${text}: ${reason}`, {
      location: stage.location,
      cause: error,
    });
  }
}

function imageSource(name: string, location: Stage["location"]): StageBase & { kind: "image" } {
  try {
    return { kind: "image", reference: parseReference(name), name };
  } catch (error) {
    if (!(error instanceof BuilderError)) throw error;
    throw new DockerfileError(
      "DOCKERFILE_INVALID",
      `failed to parse stage name ${JSON.stringify(name)}: ${error.message}`,
      { location, cause: error },
    );
  }
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
      for (const from of fromsOf(instruction)) {
        const source = resolveFrom(from, index, plan, instruction);
        if (source.kind === "stage") visit(source.index);
      }
    }
  };
  visit(plan.target);
  return [...reached].toSorted((a, b) => a - b);
}
