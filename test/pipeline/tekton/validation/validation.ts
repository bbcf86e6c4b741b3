import type { Param } from "../manifests.ts";

/** How a manifest is validated. */
export interface Validation {
  /** Feature flags that differ from the defaults. */
  readonly flags: ReadonlyMap<string, string>;
  /** Whether the spec stands in a run or a Pipeline, whose parameters it may use undeclared. */
  readonly isInline?: boolean;
}

/** The names that occur more than once. */
export function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

/** Of these fields exactly one is given. */
export function oneOfProblems(paths: string, values: readonly unknown[]): string[] {
  const count = values.filter((value) => value !== undefined).length;
  if (count === 1) return [];
  return [`expected exactly one, got ${count === 0 ? "neither" : "both"}: ${paths}`];
}

/** Each parameter is given once. */
export function duplicateParams(params: readonly Param[] = [], path: string): string[] {
  return repeated(params.map(({ name }) => name)).map(
    (name) => `expected exactly one, got both: ${path}[${name}].name`,
  );
}
