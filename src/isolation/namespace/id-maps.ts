import { readFileSync, writeFileSync } from "node:fs";

/**
 * Maps all ids that this process has to themselves in the user namespace that the process `pid` has
 * made. Nobody does it again: a map is written once (user_namespaces(7)).
 */
export function mapOwnIds(pid: number): void {
  for (const map of ["uid_map", "gid_map"]) {
    writeFileSync(`/proc/${pid}/${map}`, identityMap(readFileSync(`/proc/self/${map}`, "latin1")));
  }
}

/**
 * The map of the ids inside `map` to themselves. The first id has a line of its own, so that the
 * result does not look like the machine's first user namespace, also where all ids are mapped:
 * container runtimes tell by it what they may do.
 */
export function identityMap(map: string): string {
  const ranges = map.trim().split("\n");
  return ranges
    .flatMap((range, index) => {
      const [first = 0, , count = 0] = range.trim().split(/\s+/).map(Number);
      if (index > 0 || count < 2) return [[first, count]];
      return [
        [first, 1],
        [first + 1, count - 1],
      ];
    })
    .map(([first, count]) => `${first} ${first} ${count}\n`)
    .join("");
}
