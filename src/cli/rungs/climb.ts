import { mkdirSync } from "node:fs";
import type { IsolationName } from "../../isolation/isolation.ts";
import { noIsolation, type Refusal } from "../../isolation/refusal.ts";
import { buildInplace } from "./inplace-rung.ts";
import { runInNamespace } from "./namespace-rung.ts";
import { buildUnderPtrace } from "./ptrace-rung.ts";
import type { Attempt, Rung, RungOptions } from "./rung.ts";

export interface ClimbOptions extends RungOptions {
  readonly choice: IsolationName | "auto";
}

/** Builds with a rung that works, and gives the exit code. */
export type BuildOn = (rung: Rung, refusals: readonly Refusal[]) => Promise<number>;

/** The attempts to build on a rung, by its name. */
export type Ladder = Partial<Readonly<Record<IsolationName, Attempt>>>;

/** Strongest first (docs/isolation.md). */
export const ladder: Ladder = {
  namespace: runInNamespace,
  inplace: buildInplace,
  ptrace: buildUnderPtrace,
};

/**
 * Builds on the strongest rung that a real attempt shows to work, or on the one that is asked for.
 * A rung refuses before anything of the build is done: once a command was started, there is no
 * other.
 *
 * @throws ISOLATION_UNAVAILABLE when all refuse, and what `build` throws.
 */
export async function buildOnRung(
  options: ClimbOptions,
  build: BuildOn,
  attempts = ladder,
): Promise<number> {
  const { choice, workDirectory } = options;
  const refusals: Refusal[] = [];
  for (const [name, attempt] of Object.entries(attempts)) {
    if (choice !== "auto" && choice !== name) continue;
    // A rung that refused may have taken it away.
    mkdirSync(workDirectory, { recursive: true });
    const outcome = await attempt(options, (rung) => build(rung, refusals));
    if (outcome.kind === "exited") return outcome.code;
    refusals.push(...outcome.refusals);
  }
  throw noIsolation(refusals);
}
