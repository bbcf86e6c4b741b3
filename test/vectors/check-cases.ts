import { expect } from "chai";
import deviations from "./deviations.json" with { type: "json" };

/** What is common to all cases. */
export interface VectorCase {
  readonly id: string;
}

const reasons = new Map(Object.entries(deviations));
const mostShown = 20;

/**
 * Answers every case and expects the answers to equal those that `expected` takes from the cases.
 * Where deviations.json gives a reason to differ, it must differ.
 */
export function checkCases<Case extends VectorCase>(
  cases: readonly Case[],
  answer: (vector: Case) => unknown,
  expected: (vector: Case) => unknown,
): void {
  const differences = cases.flatMap((vector) => {
    const found = canonical(answer(vector));
    const wanted = canonical(expected(vector));
    if ((found === wanted) !== reasons.has(vector.id)) return [];
    const isAsReference = found === wanted ? "is listed as a deviation, but none" : wanted;
    return [`${vector.id}: ${found}\n  wanted: ${isAsReference}`];
  });
  expect(differences.slice(0, mostShown).join("\n"), `${differences.length} cases`).to.equal("");
}

/** Groups cases by their first tag, or by what `key` says. */
export function groupCases<Case>(
  cases: readonly Case[],
  key: (vector: Case) => string,
): [string, Case[]][] {
  const groups = new Map<string, Case[]>();
  for (const vector of cases) {
    const group = groups.get(key(vector));
    if (group === undefined) groups.set(key(vector), [vector]);
    else group.push(vector);
  }
  return [...groups];
}

/** Puts the letters in place that `{{x*N}}` stands for, in all strings of `value`. */
export function growLetters<Value>(value: Value): Value {
  const text = JSON.stringify(value).replace(
    /\{\{([a-z])\*(\d+)\}\}/g,
    (_, letter: string, count: string) => letter.repeat(Number(count)),
  );
  return JSON.parse(text) as Value;
}

/** JSON with sorted keys, without what is undefined. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner).toSorted(([left], [right]) => (left < right ? -1 : 1)),
    );
  });
}
