import { readFileSync } from "node:fs";
import path from "node:path";
import { errnoOf } from "../../src/errors/filesystem-error.ts";

/** One file of test vectors; its README describes the cases, and the tables beside them. */
export type Vectors<Case, Tables = unknown> = { readonly cases: readonly Case[] } & Tables;

/**
 * Reads the vectors called `name` from the folder that SLIPWAY_VECTORS names, else from
 * `../shared/vectors` beside the repository. `undefined` where that folder has none.
 */
export function loadVectors<Case, Tables = unknown>(
  name: string,
): Vectors<Case, Tables> | undefined {
  const root = path.resolve(import.meta.dirname, "../..");
  const folder = path.resolve(root, process.env["SLIPWAY_VECTORS"] ?? "../shared/vectors");
  try {
    const text = readFileSync(path.join(folder, `${name}.json`), "utf8");
    return JSON.parse(text) as Vectors<Case, Tables>;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
