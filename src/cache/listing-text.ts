import { columns, printable } from "../support/columns.ts";
import { formatBytes } from "../support/format-bytes.ts";
import { bytesOf, type CacheListing, type PlacedEntry } from "./prune.ts";

/** How much of a key people are shown. */
const shownKey = 12;
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

/** A line for each entry: key, age, size and what it is of. */
export function entryLines(entries: readonly PlacedEntry[], nowMs: number): readonly string[] {
  const rows = entries.map(({ names, timeMs, bytes, description }) => [
    (names[0] ?? "").slice(0, shownKey),
    formatAge(nowMs - timeMs),
    formatBytes(bytes),
    description,
  ]);
  return columns(rows).map(printable);
}

/** What a cache has, for people. */
export function formatListing({ entries, foreign }: CacheListing, nowMs: number): string {
  const others = foreign.map(({ place, name }) => `${name}  is no entry of the cache (${place})`);
  const lines = [...entryLines(entries, nowMs), ...others.map(printable), summary(entries)];
  return `${lines.join("\n")}\n`;
}

/** How many entries there are, and how large they are together. */
export function summary(entries: readonly PlacedEntry[]): string {
  const count = entries.length === 1 ? "1 entry" : `${entries.length} entries`;
  return `${count}, ${formatBytes(bytesOf(entries))}`;
}

/** An entry for programs. */
export function describeEntry({ place, names, bytes, timeMs, description }: PlacedEntry): object {
  return { place, keys: names, bytes, time: new Date(timeMs).toISOString(), of: description };
}

/** In the largest unit that is full: `3d`, `5h`, `2m`, `9s`. */
function formatAge(ms: number): string {
  const past = Math.max(ms, 0);
  if (past >= day) return `${Math.floor(past / day)}d`;
  if (past >= hour) return `${Math.floor(past / hour)}h`;
  if (past >= minute) return `${Math.floor(past / minute)}m`;
  return `${Math.floor(past / 1000)}s`;
}
