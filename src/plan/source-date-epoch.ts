import type { Dockerfile } from "../dockerfile/instruction.ts";
import { UsageError } from "../errors/usage-error.ts";
import { evaluateGlobalScope, type GlobalScopeRequest } from "./global-scope.ts";

const name = "SOURCE_DATE_EPOCH";

export interface EpochRequest extends Omit<GlobalScopeRequest, "targetStage"> {
  /** The value where neither a build argument nor the Dockerfile has one; empty for none. */
  readonly fallback: string;
  /** What `context` means: seconds since 1970; undefined for a local context, which has no time. */
  readonly contextTime: number | undefined;
}

/** SOURCE_DATE_EPOCH as seconds, and the build arguments with that value in place of a word. */
export interface SettledEpoch {
  readonly sourceDateEpoch: number | undefined;
  readonly buildArgs: ReadonlyMap<string, string>;
}

/**
 * Finds out the time that new files and the image get (https://reproducible-builds.org/specs/source-date-epoch/):
 * a build argument, else the default of an ARG before the first FROM, else `fallback`.
 *
 * @throws USAGE_INVALID_VALUE when it is neither a number nor `context`; DOCKERFILE_SYNTAX.
 */
export function settleSourceDateEpoch(dockerfile: Dockerfile, request: EpochRequest): SettledEpoch {
  const { buildArgs, fallback, contextTime } = request;
  const globalScope = evaluateGlobalScope(dockerfile, { ...request, targetStage: "" });
  const said = buildArgs.get(name) ?? globalScope.get(name) ?? "";
  const known = said === "context" ? String(contextTime ?? "") : said;
  const text = known === "" ? fallback : known;
  const sourceDateEpoch = text === "" ? undefined : parseSeconds(text);
  if (text === said) return { sourceDateEpoch, buildArgs };
  return { sourceDateEpoch, buildArgs: new Map([...buildArgs, [name, text]]) };
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seconds)) return seconds;
  throw new UsageError(
    "USAGE_INVALID_VALUE",
    `${name} is ${JSON.stringify(text)}, which is no number of seconds`,
    { hint: "Give whole seconds since 1970, such as the time of the last commit, or context" },
  );
}
