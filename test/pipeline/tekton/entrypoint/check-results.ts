import type { ResultSpec } from "../manifests.ts";
import type { ResultValue } from "./result-value.ts";

/** The results of a Task. */
export interface TaskResults {
  readonly declared: readonly ResultSpec[];
  /** Whether the Task stands in the TaskRun: the controller then has what it declares twice. */
  readonly isInline: boolean;
}

/** A result in the status of a TaskRun. */
export type NamedResult = { readonly name: string } & ResultValue;

/** The type that a result is meant to have. */
export function declaredType({ type, properties }: ResultSpec): string {
  return type ?? (properties === undefined ? "string" : "object");
}

/** Drops results of another type than the declared one, and says what is wrong with the rest. */
export function checkResults(
  results: readonly NamedResult[],
  { declared, isInline }: TaskResults,
): { kept: readonly NamedResult[]; problem?: string } {
  const types = new Map(declared.map((result) => [result.name, declaredType(result)]));
  const isAsDeclared = ({ name, type }: NamedResult): boolean => (types.get(name) ?? type) === type;
  const kept = results.filter(isAsDeclared);
  const wrong = results
    .filter((result) => !isAsDeclared(result))
    .map(
      ({ name, type }) =>
        ` "${name}": task result is expected to be "${types.get(name)}" type but was initialized to a different type "${type}"`,
    );
  if (wrong.length > 0) {
    const what = "may be invalid JSON or missing result declaration";
    const problem = `Provided results don't match declared results; ${what}: ${wrong.toSorted().join(",")}`;
    return { kept, problem };
  }
  const missing = declared.flatMap(({ name, properties }) => {
    const found = kept.find((result) => result.name === name);
    if (found?.type !== "object") return [];
    const keys = Object.keys(properties ?? {}).filter((key) => !(key in found.value));
    const told = isInline ? [...keys, ...keys] : keys;
    return told.length === 0 ? [] : [`${name}:[${told.join(" ")}]`];
  });
  if (missing.length === 0) return { kept };
  const what = "missing keys for these results which are required in TaskResult's properties";
  return { kept, problem: `${what} map[${missing.join(" ")}]` };
}
