import { CommandError } from "../errors/command-error.ts";
import type { IsolationName } from "./isolation.ts";

/** Why a rung of the ladder cannot be taken here. */
export interface Refusal {
  readonly rung: IsolationName;
  /** What was tried and how it failed, without a trailing period. */
  readonly reason: string;
  /** What in the pod's specification would permit it, without a trailing period. */
  readonly remedy: string;
}

/** What a real attempt has shown of a rung: what it gives where it works. */
export type RungProbe<T> =
  | { readonly works: true; readonly rung: T }
  | { readonly works: false; readonly refusals: readonly Refusal[] };

/**
 * The error of a build whose commands cannot be run: all that was tried, and what would help. The
 * weaker a rung, the less it asks of the pod: its remedies come first.
 */
export function noIsolation(refusals: readonly Refusal[]): CommandError {
  const tried = [...new Set(refusals.map(({ rung }) => rung))];
  const remedies = refusals.map(({ rung, remedy }) => `for ${rung}, ${remedy}`).toReversed();
  return new CommandError(
    "ISOLATION_UNAVAILABLE",
    `this pod permits no way to run a command (tried: ${tried.join(", ")})`,
    { refusals, hint: `One of these permits it: ${[...new Set(remedies)].join("; ")}` },
  );
}
