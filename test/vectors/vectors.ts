import { readFileSync } from "node:fs";
import path from "node:path";
import { errnoOf } from "../../src/errors/filesystem-error.ts";

/** One file of test vectors; its README describes the cases. */
export interface Vectors<Case> {
  readonly cases: readonly Case[];
}

/**
 * Reads the vectors called `name` from the folder that SLIPWAY_VECTORS names, else from
 * `../shared/vectors` beside the repository. `undefined` where that folder has none.
 */
export function loadVectors<Case>(name: string): Vectors<Case> | undefined {
  const root = path.resolve(import.meta.dirname, "../..");
  const folder = path.resolve(root, process.env["SLIPWAY_VECTORS"] ?? "../shared/vectors");
  try {
    return JSON.parse(readFileSync(path.join(folder, `${name}.json`), "utf8")) as Vectors<Case>;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
