import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { isBuilderError } from "../errors/builder-error.ts";
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

/** Gives what is to be done with an error of an entry: it is remembered, and thrown again. */
export function remembering(faults: CacheFaults, key: CacheKey): (error: unknown) => never {
  return (error) => {
    if (isBuilderError(error)) {
      faults.keys.add(key);
      faults.brokenReads += 1;
    }
    throw error;
  };
}

/** Opens a layer; `remember` gets what goes wrong, also while it is read. */
export async function openWatched(
  layer: { open(): Promise<Readable> },
  remember: (error: unknown) => never,
): Promise<Readable> {
  const stream = await layer.open().catch(remember);
  return Readable.from(watched(stream, remember), { objectMode: false });
}

async function* watched(
  stream: Readable,
  remember: (error: unknown) => never,
): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    remember(error);
  }
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
