import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { IsolationName } from "../../isolation/isolation.ts";
import type { Refusal } from "../../isolation/refusal.ts";
import { type ClimbOptions, ladder } from "./climb.ts";
import { readNotes } from "./examine-inside.ts";
import type { Outcome } from "./rung.ts";

/** What became of one rung when it was tried. */
export type RungReport =
  | {
      readonly name: IsolationName;
      readonly works: true;
      /** What else there is to know, in clauses. */
      readonly notes: readonly string[];
    }
  | {
      readonly name: IsolationName;
      readonly works: false;
      readonly refusals: readonly Refusal[];
    };

/** Tries all rungs, or the one that is chosen, strongest first, by building nothing on them. */
export async function examineLadder(
  options: ClimbOptions,
  attempts = ladder,
): Promise<readonly RungReport[]> {
  const { choice, signal, workDirectory } = options;
  const reports: RungReport[] = [];
  for (const [key, attempt] of Object.entries(attempts)) {
    const name = key as IsolationName;
    if (choice !== "auto" && choice !== name) continue;
    const directory = join(workDirectory, name);
    mkdirSync(directory);
    const outcome = await attempt({ ...options, workDirectory: directory }, () =>
      Promise.resolve(0),
    );
    signal.throwIfAborted();
    const refusals = refusalsOf(name, outcome);
    reports.push(
      refusals.length === 0
        ? { name, works: true, notes: readNotes(directory) }
        : { name, works: false, refusals },
    );
  }
  return reports;
}

function refusalsOf(name: IsolationName, outcome: Outcome): readonly Refusal[] {
  if (outcome.kind === "refused") return outcome.refusals;
  if (outcome.code === 0) return [];
  const reason = `the attempt ended with exit code ${outcome.code}`;
  return [{ rung: name, reason, remedy: "see what slipway doctor --verbosity debug says" }];
}
