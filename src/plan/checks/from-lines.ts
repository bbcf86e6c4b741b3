import {
  checkConstantPlatform,
  checkFromArguments,
  checkRedundantPlatform,
} from "../../dockerfile/checks/from-lines.ts";
import type { CheckReporter } from "../../dockerfile/checks/reporter.ts";
import { type Expansion, expandWord } from "../../dockerfile/expansion/expand.ts";
import type { Dockerfile, Stage } from "../../dockerfile/instruction.ts";
import { BuilderError } from "../../errors/builder-error.ts";
import { parsePlatform } from "../../image/parse-platform.ts";
import type { Platform } from "../../image/platform.ts";
import { parseReference } from "../../image/reference.ts";
import { globalArgumentsOf, type PlanRequest } from "../build-plan.ts";
import { type PlannedStage, planStage } from "../planned-stage.ts";

/**
 * Checks the FROM lines of a file, up to the first that cannot be resolved.
 *
 * @throws DOCKERFILE_INVALID, DOCKERFILE_SYNTAX
 */
export function checkFromLines(
  dockerfile: Dockerfile,
  request: PlanRequest,
  reporter: CheckReporter,
): void {
  checkDefaultBases(dockerfile, request, reporter);
  const { escape } = dockerfile;
  const { scope: globalScope, declared: args } = globalArgumentsOf(dockerfile, request);
  const declared = [...args.map(({ definition }) => definition.key), ...globalScope.keys()];
  const stages: PlannedStage[] = [];
  for (const [index, stage] of dockerfile.stages.entries()) {
    const lines = { escape, globalScope, declared, buildPlatform: request.buildPlatform };
    checkFromLine(stage, lines, reporter.above(stage.comments));
    stages.push(planStage(stage, index, { ...request, escape, stages, globalScope }));
  }
}

/** InvalidDefaultArgInFrom: bases are image names also where no argument is given. */
function checkDefaultBases(
  dockerfile: Dockerfile,
  request: PlanRequest,
  reporter: CheckReporter,
): void {
  const plain = { ...request, buildArgs: new Map<string, string>() };
  const defaults = attempt(() => globalArgumentsOf(dockerfile, plain));
  if (defaults === undefined) return;
  for (const { base, location } of dockerfile.stages) {
    const { escape } = dockerfile;
    const expansion = attempt(() => expandWord(base, defaults.scope, { escape }));
    if (expansion === undefined) return;
    if (attempt(() => parseReference(expansion.text)) !== undefined) continue;
    const message = `Default value for ARG ${base} results in empty or invalid base image name`;
    reporter.report("InvalidDefaultArgInFrom", location, message);
  }
}

interface FromLines {
  readonly escape: Dockerfile["escape"];
  readonly globalScope: ReadonlyMap<string, string>;
  /** Names of arguments that FROM lines see, with or without a value. */
  readonly declared: readonly string[];
  readonly buildPlatform: Platform;
}

function checkFromLine(stage: Stage, lines: FromLines, reporter: CheckReporter): void {
  const { declared, globalScope } = lines;
  const base = expandWatched(stage.base, lines);
  checkFromArguments(stage, { missing: base.missing, declared }, reporter);
  if (stage.platform === "") return;
  const { missing, expansion } = expandWatched(stage.platform, lines);
  checkFromArguments(stage, { missing, declared }, reporter);
  if (expansion === undefined) return;
  const target = globalScope.get("TARGETPLATFORM");
  checkRedundantPlatform(stage, { expansion, target }, reporter);
  const platform = attempt(() => parsePlatform(expansion.text, lines.buildPlatform));
  checkConstantPlatform(stage, { expansion, platform }, reporter);
}

/** Expands a word as far as possible; what it lacks is known also where it cannot be expanded. */
function expandWatched(
  word: string,
  { escape, globalScope }: FromLines,
): { readonly expansion: Expansion | undefined; readonly missing: ReadonlySet<string> } {
  const missing = new Set<string>();
  const get = (name: string): string | undefined => {
    const value = globalScope.get(name);
    if (value === undefined) missing.add(name);
    return value;
  };
  return { expansion: attempt(() => expandWord(word, { get }, { escape })), missing };
}

/** What `action` gives; undefined where it fails, which the plan will report. */
function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof BuilderError) return undefined;
    throw error;
  }
}
