import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CacheKey } from "./cache-key.ts";

/** What has turned out to be of no use, so that a build that starts again does not find that out again. */
export interface CacheFaults {
  /** Keys whose entries are none, or broken. */
  readonly keys: Set<CacheKey>;
  /** Names of stores that are left alone. */
  readonly stores: Set<string>;
  /** How many entries failed when they were read: the build has failed for them then, and may start again. */
  brokenReads: number;
}

const fileName = "cache-faults.json";

/** The faults that an earlier process of the build has left in its work directory. */
export function loadFaults(directory: string): CacheFaults {
  let known: { keys?: CacheKey[]; stores?: string[] } = {};
  try {
    known = JSON.parse(readFileSync(join(directory, fileName), "utf8")) as typeof known;
  } catch {
    // There was none, or it left nothing.
  }
  return { keys: new Set(known.keys), stores: new Set(known.stores), brokenReads: 0 };
}

/** Leaves the faults for a process that goes on with the build. */
export function saveFaults(directory: string, { keys, stores }: CacheFaults): void {
  const text = JSON.stringify({ keys: [...keys], stores: [...stores] });
  writeFileSync(join(directory, fileName), text);
}
