import type { Dockerfile, Stage } from "../dockerfile/instruction.ts";
import { didYouMean, nearestOption } from "../dockerfile/suggestion.ts";
import { DockerfileError } from "../errors/dockerfile-error.ts";
import { InvalidPlatformError, parsePlatform } from "../image/parse-platform.ts";
import type { Platform } from "../image/platform.ts";
import { expandAt } from "./global-scope.ts";
import {
  findNamedContext,
  type NamedContexts,
  type NamedSource,
  resolveName,
} from "./named-context.ts";

/** What a stage starts from. */
export type StageBase = NamedSource | { readonly kind: "stage"; readonly index: number };

/** One stage with its FROM line resolved. */
export interface PlannedStage {
  /** Position in the Dockerfile, from 0. */
  readonly index: number;
  /** As written; one that a named context replaces has lost its instructions. */
  readonly stage: Stage;
  /** Whether `base` is a named context that stands for all of the stage. */
  readonly isReplaced: boolean;
  /** How messages call it: its name, or `stage-N`. */
  readonly label: string;
  readonly base: StageBase;
  /** From `--platform`; undefined means the target platform. */
  readonly platform: Platform | undefined;
}

/** What a FROM line is resolved with. */
export interface FromLineScope {
  readonly escape: Dockerfile["escape"];
  /** The stages before this one. */
  readonly stages: readonly PlannedStage[];
  readonly globalScope: ReadonlyMap<string, string>;
  readonly namedContexts: NamedContexts;
  readonly buildPlatform: Platform;
  readonly targetPlatform: Platform;
}

/**
 * Resolves the FROM line of a stage: an earlier stage, a named context or an image. A context of the
 * stage's own name replaces the stage.
 *
 * @throws DOCKERFILE_INVALID, DOCKERFILE_SYNTAX
 */
export function planStage(stage: Stage, index: number, scope: FromLineScope): PlannedStage {
  const { namedContexts, targetPlatform } = scope;
  const label = stage.name === "" ? `stage-${index}` : stage.name;
  const platform = planPlatform(stage, scope);
  const context = findNamedContext(namedContexts, stage.name, platform ?? targetPlatform);
  if (context !== undefined) {
    const bare = { ...stage, instructions: [] };
    return { index, stage: bare, isReplaced: true, label, base: context, platform };
  }
  const base = planBase(stage, platform ?? targetPlatform, scope);
  return { index, stage, isReplaced: false, label, base, platform };
}

function planBase(stage: Stage, platform: Platform, scope: FromLineScope): StageBase {
  const { location } = stage;
  const { escape, globalScope, namedContexts, stages } = scope;
  const name = expandAt(stage.base, globalScope, { location, escape }).text;
  if (name === "") {
    throw new DockerfileError(
      "DOCKERFILE_INVALID",
      `base name (${stage.base}) should not be blank`,
      {
        location,
        hint: "Give the argument a default before FROM, or pass it with --build-arg",
      },
    );
  }
  const earlier = stages.findLastIndex((other) => other.stage.name === name);
  if (earlier >= 0 && name !== "scratch") return { kind: "stage", index: earlier };
  return resolveName(name, { namedContexts, platform, location });
}

function planPlatform(stage: Stage, scope: FromLineScope): Platform | undefined {
  if (stage.platform === "") return undefined;
  const { location } = stage;
  const { escape, globalScope, buildPlatform } = scope;
  const { text, unmatched } = expandAt(stage.platform, globalScope, { location, escape });
  const fail = (message: string, cause?: unknown): DockerfileError => {
    const names = [...globalScope.keys()];
    const meant = [...unmatched].map((name) => nearestOption(name, names)).find(Boolean);
    const options = { location, ...(cause === undefined ? {} : { cause }) };
    return new DockerfileError("DOCKERFILE_INVALID", message + didYouMean(meant), options);
  };
  if (text === "") throw fail(`empty platform value from expression ${stage.platform}`);
  try {
    return parsePlatform(text, buildPlatform);
  } catch (error) {
    if (!(error instanceof InvalidPlatformError)) throw error;
    throw fail(`failed to parse platform ${stage.platform}: ${error.reason}`, error);
  }
}
