import type { CachePlace, KeptEntry } from "./cache-place.ts";

/** An entry, and the place that has it. */
export interface PlacedEntry extends KeptEntry {
  readonly place: string;
}

/** All that places have. */
export interface CacheListing {
  /** The oldest first. */
  readonly entries: readonly PlacedEntry[];
  readonly foreign: readonly { readonly place: string; readonly name: string }[];
}

/** Lists all that `places` have. @throws REGISTRY_*, FILESYSTEM_* */
export async function listPlaces(
  places: readonly CachePlace[],
  signal: AbortSignal,
): Promise<CacheListing> {
  const contents = await Promise.all(
    places.map(async (place) => ({ place: place.name, content: await place.list(signal) })),
  );
  const entries = contents.flatMap(({ place, content }) =>
    content.entries.map((entry) => ({ place, ...entry })),
  );
  return {
    entries: entries.toSorted((a, b) => a.timeMs - b.timeMs),
    foreign: contents.flatMap(({ place, content }) =>
      content.foreign.map((name) => ({ place, name })),
    ),
  };
}

/** What is to go. */
export interface PruneRules {
  /** Entries of this age, in milliseconds, and older ones. */
  readonly olderThanMs: number | undefined;
  /** How many bytes may be left; the oldest go first. */
  readonly maxBytes: number | undefined;
}

/** The entries that rules mean, the oldest first, and what builds that were cut off have left. */
export function entriesToPrune<Entry extends KeptEntry>(
  entries: readonly Entry[],
  { olderThanMs = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY }: PruneRules,
  nowMs: number,
): Entry[] {
  const goes = (entry: Entry): boolean => entry.isLeftover || nowMs - entry.timeMs >= olderThanMs;
  let bytesLeft = bytesOf(entries.filter((entry) => !goes(entry)));
  const pruned: Entry[] = [];
  for (const entry of entries.toSorted((a, b) => a.timeMs - b.timeMs)) {
    if (goes(entry)) pruned.push(entry);
    else if (bytesLeft > maxBytes) {
      pruned.push(entry);
      bytesLeft -= entry.bytes;
    }
  }
  return pruned;
}

/** The bytes of entries taken together. */
export function bytesOf(entries: readonly KeptEntry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}
