import { readFile } from "node:fs/promises";
import { podProfiles } from "../../test/support/pods.ts";

/** What the conformance suite writes about a run. */
export interface SuiteResults {
  readonly results: readonly {
    readonly case: string;
    readonly status: "PASS" | "FAIL" | "ERROR";
    readonly diffs: readonly string[];
  }[];
  readonly skipped: readonly { readonly case: string; readonly reason: string }[];
}

/** What became of the suite in one kind of pod. */
export interface Verdict {
  /** Rung, and numbers of cases that passed, failed and were skipped. */
  readonly cells: readonly string[];
  /** What is not as it has to be. */
  readonly faults: readonly string[];
  /** The cases that fail and should not. */
  readonly unexpected: readonly string[];
}

/** Compares results with what they have to be in pods of `profile`. */
export async function judge(
  profile: string,
  { results, skipped }: SuiteResults,
  rungs: readonly string[],
): Promise<Verdict> {
  const { rung, knownFailures } = podProfiles[profile] ?? {};
  const known = knownFailures === undefined ? new Set() : await readCases(knownFailures);
  const failed = results.filter(({ status }) => status !== "PASS");
  const unexpected = failed.filter(({ case: name }) => !known.has(name));
  const faults = unexpected.map(
    ({ status, case: name, diffs }) => `${status} ${name}: ${diffs[0] ?? ""}`,
  );
  for (const { case: name, status } of results) {
    if (status !== "PASS" || !known.has(name)) continue;
    faults.push(`${name} passes, and is listed as failing`);
  }
  const others = rungs.filter((taken) => taken !== rung);
  if (others.length > 0) faults.push(`commands ran by ${others.join(" and ")}, not ${rung}`);
  const passed = results.length - failed.length;
  const taken = rungs.length === 0 ? "none" : rungs.join(", ");
  return {
    unexpected: unexpected.map(({ case: name }) => name),
    cells: [taken, ...[passed, failed.length, skipped.length].map(String)],
    faults,
  };
}

async function readCases(file: string): Promise<ReadonlySet<string>> {
  const reasons = JSON.parse(await readFile(file, "utf8")) as Readonly<Record<string, string>>;
  return new Set(Object.keys(reasons));
}
