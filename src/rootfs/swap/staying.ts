import { splitPath } from "../../filetree/tree.ts";

/**
 * What of a directory entry stays where it is: all of it, or only what lies somewhere below it, by
 * the names on the way.
 */
export type Staying = "whole" | StayingEntries;
export type StayingEntries = Map<string, Staying>;

/** The entries of a directory that stay, so that all of `paths` do, which are relative to it. */
export function stayingEntries(paths: Iterable<string>): StayingEntries {
  const top: StayingEntries = new Map();
  for (const path of paths) add(top, splitPath(path));
  return top;
}

function add(entries: StayingEntries, [name = "", ...rest]: readonly string[]): void {
  const known = entries.get(name);
  if (known === "whole") return;
  if (rest.length === 0) {
    entries.set(name, "whole");
    return;
  }
  const below: StayingEntries = known ?? new Map<string, Staying>();
  entries.set(name, below);
  add(below, rest);
}
