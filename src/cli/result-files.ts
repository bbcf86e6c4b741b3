import { resolve } from "node:path";
import { UsageError } from "../errors/usage-error.ts";
import { type ResultName, resultNames } from "../pipeline/results.ts";
import { parsePairs } from "./flag-texts.ts";

/**
 * Reads `NAME=FILE` texts of `--result`.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseResultFiles(
  flag: string,
  texts: readonly string[],
): ReadonlyMap<ResultName, string> {
  const files = new Map<ResultName, string>();
  for (const [name, file] of parsePairs(flag, texts)) {
    const result = resultNames.find((known) => known === name);
    if (result === undefined) {
      throw new UsageError("USAGE_INVALID_VALUE", `${flag}: there is no result ${name}`, {
        hint: `Results are ${resultNames.join(", ")}`,
      });
    }
    // An engine leaves out the path of a result that a Task does not declare.
    if (file !== "") files.set(result, resolve(file));
  }
  return files;
}
