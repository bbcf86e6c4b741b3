import { isList, type ParamValue } from "./substitute.ts";

/** Parameters of one TaskRun of a matrix. */
export type Combination = readonly (readonly [name: string, value: string])[];

/**
 * The combinations of the lists of a matrix, the first list's values changing fastest, as in Tekton's
 * documentation of `matrix`. Without a matrix there is one, an empty one.
 * @throws Error for a value that is no list
 */
export function matrixCombinations(
  params: readonly (readonly [name: string, value: ParamValue])[],
): Combination[] {
  let combinations: Combination[] = [[]];
  for (const [name, value] of params) {
    if (typeof value === "string" || !isList(value)) {
      throw new Error(`the matrix's param "${name}" is no list`);
    }
    const shorter = combinations;
    combinations = value.flatMap((element) =>
      shorter.map((combination): Combination => [...combination, [name, element]]),
    );
  }
  return combinations;
}
