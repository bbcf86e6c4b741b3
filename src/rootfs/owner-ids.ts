import { readFileSync } from "node:fs";
import { hasCapability } from "../layer/own-capabilities.ts";

/**
 * The user and group ids that this process can give to files. In a user namespace that maps one id
 * only, most ids of an image cannot be put on disk; the tree remembers them, and a file there belongs
 * to the process.
 */
export interface OwnerIds {
  /** The user id that a file of `uid` has on disk. */
  readonly diskUid: (uid: number) => number;
  /** The group id that a file of `gid` has on disk. */
  readonly diskGid: (gid: number) => number;
}

/** The ids of this process: those that its user namespace maps, or its own where it may give no others. */
export function ownerIds(): OwnerIds {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  if (!hasCapability("CHOWN")) return { diskUid: () => uid, diskGid: () => gid };
  return {
    diskUid: mapping(readFileSync("/proc/self/uid_map", "latin1"), uid),
    diskGid: mapping(readFileSync("/proc/self/gid_map", "latin1"), gid),
  };
}

/** Whether this process is in a user namespace other than the machine's first one. */
export function inUserNamespace(): boolean {
  const [inside, outside, count] = parseMap(readFileSync("/proc/self/uid_map", "latin1"))[0] ?? [];
  return inside !== 0 || outside !== 0 || count !== 0xffffffff;
}

/** Whether this process can give files to nobody but itself, root though it may be. */
export function hasSingleId(): boolean {
  const ranges = parseMap(readFileSync("/proc/self/uid_map", "latin1"));
  return ranges.length === 1 && ranges[0]?.[2] === 1;
}

/** `map` is a text as of user_namespaces(7): lines of first id inside, first id outside, count. */
function mapping(map: string, fallback: number): (id: number) => number {
  const ranges = parseMap(map);
  return (id) =>
    ranges.some(([first = 0, , count = 0]) => id >= first && id < first + count) ? id : fallback;
}

function parseMap(map: string): number[][] {
  const lines = map.trim().split("\n");
  return lines.map((line) => line.trim().split(/\s+/).map(Number));
}
