import type { BigIntStats } from "node:fs";
import type { FileTree } from "../filetree/tree.ts";
import type { FileOwner } from "./stage-root.ts";
import { type ContentRules, TreeScan } from "./tree-scan.ts";
import { walkDirectory } from "./walk-directory.ts";

/**
 * What tells, for each path below a directory, whether anything was done to the file. The time of the
 * last status change is part of it, which no command can set.
 */
export type Fingerprints = ReadonlyMap<string, string>;

/** Takes the fingerprints of `directory` (the empty path) and all below it. */
export async function fingerprintsOf(directory: string): Promise<Fingerprints> {
  const found = new Map<string, string>();
  await walkDirectory(directory, (path, _file, stats) => found.set(path, fingerprint(stats)));
  return found;
}

/** What was known of a directory before a command ran in it. */
export interface KnownDirectory {
  readonly before: FileTree;
  readonly fingerprints: Fingerprints;
  /** See `StageRoot.change`. */
  readonly maker?: FileOwner | undefined;
}

/**
 * The tree that `directory` holds now. Only files whose fingerprint is another are looked at. What
 * could not be made on disk has no fingerprint, and stays in the tree until its directory goes.
 */
export async function scanDirectory(
  directory: string,
  { before, fingerprints, maker }: KnownDirectory,
  rules: ContentRules,
): Promise<FileTree> {
  const scan = new TreeScan(before, maker);
  const gone = new Set(fingerprints.keys());
  await walkDirectory(directory, (path, file, stats) => {
    gone.delete(path);
    if (fingerprints.get(path) !== fingerprint(stats)) scan.found(path, file, stats);
  });
  for (const path of gone) scan.remove(path);
  return scan.finish(rules);
}

function fingerprint({ ino, size, mtimeNs, ctimeNs, mode, uid, gid }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs} ${ctimeNs} ${mode} ${uid} ${gid}`;
}
