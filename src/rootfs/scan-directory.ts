import type { BigIntStats } from "node:fs";
import type { TreeNode } from "../filetree/node.ts";
import type { FileTree } from "../filetree/tree.ts";
import type { FileOwner } from "./stage-root.ts";
import { type ContentRules, type FileIdentity, TreeScan } from "./tree-scan.ts";
import { walkDirectory } from "./walk-directory.ts";

/**
 * What tells, for each path below a directory, whether anything was done to the file. The time of the
 * last status change is part of it, which no command can set.
 */
export type Fingerprints = ReadonlyMap<string, string>;

/** Takes the fingerprints of `directory` (the empty path) and all below it. */
export async function fingerprintsOf(directory: string): Promise<Fingerprints> {
  const found = new Map<string, string>();
  await walkDirectory(directory, (path, _file, stats) => found.set(path, fingerprintOf(stats)));
  return found;
}

/** What was known of a directory before a command ran in it. */
export interface KnownDirectory {
  readonly before: FileTree;
  readonly fingerprints: Fingerprints;
  /** See `StageRoot.change`. */
  readonly maker?: FileOwner | undefined;
  /** Paths whose fingerprint is another although no command has done anything to them. */
  readonly untouched: ReadonlySet<string>;
  /** Paths that no command could reach, with all below them: they are as before. */
  readonly hidden: readonly string[];
}

/** What a directory holds now. */
export interface ScannedDirectory {
  readonly tree: FileTree;
  readonly fingerprints: Fingerprints;
}

/**
 * The tree that `directory` holds now. Only files whose fingerprint is another are looked at. What
 * could not be made on disk has no fingerprint, and stays in the tree until its directory goes.
 */
export async function scanDirectory(
  directory: string,
  known: KnownDirectory,
  rules: ContentRules,
): Promise<ScannedDirectory> {
  const { untouched, hidden, maker } = known;
  const scan = new TreeScan(known.before, { maker, origin: originIn(known) });
  const fingerprints = new Map<string, string>();
  await walkDirectory(directory, (path, file, stats) => {
    const fingerprint = fingerprintOf(stats);
    const earlier = known.fingerprints.get(path);
    // Of two equal strings, the one that is there is kept.
    fingerprints.set(path, earlier === fingerprint ? earlier : fingerprint);
    if (earlier === fingerprint || untouched.has(path)) return;
    // What is new there is not of a command's making.
    const isAsBefore = isHidden(path, hidden) && earlier !== undefined;
    if (!isAsBefore) scan.found(path, file, stats);
  });
  for (const path of known.fingerprints.keys()) {
    if (!fingerprints.has(path) && !isHidden(path, hidden)) scan.remove(path);
  }
  return { tree: await scan.finish(rules), fingerprints };
}

function isHidden(path: string, hidden: readonly string[]): boolean {
  return hidden.some((place) => path === place || path.startsWith(`${place}/`));
}

/** Finds what a file was by what no renaming changes. */
function originIn({
  before,
  fingerprints,
}: KnownDirectory): (file: FileIdentity) => TreeNode | undefined {
  let paths: Map<string, string> | undefined;
  return (file) => {
    paths ??= pathsByIdentity(fingerprints);
    const path = paths.get(identityOf(file));
    return path === undefined ? undefined : before.get(path);
  };
}

function pathsByIdentity(fingerprints: Fingerprints): Map<string, string> {
  const paths = new Map<string, string>();
  for (const [path, print] of fingerprints) paths.set(print.slice(0, identityBytes), path);
  return paths;
}

/** The bytes of a number of 64 bits. */
const long = 8;
const identityBytes = 2 * long;
const scratch = Buffer.alloc(8 * long);

/**
 * The fingerprint of a file by its status. Its characters are bytes of numbers, since there is one for each file of
 * a root: in digits they take twice the memory.
 */
export function fingerprintOf(stats: BigIntStats): string {
  const { ino, birthtimeNs, size, mtimeNs, ctimeNs, mode, uid, gid } = stats;
  return textOf([ino, birthtimeNs, size, mtimeNs, ctimeNs, mode, (uid << 32n) | gid]);
}

/** The number of a removed file is soon another's; its time of birth is not. */
function identityOf({ ino, birthtimeNs }: FileIdentity): string {
  return textOf([ino, birthtimeNs]);
}

function textOf(numbers: readonly bigint[]): string {
  for (const [at, number] of numbers.entries()) {
    scratch.writeBigUInt64LE(BigInt.asUintN(64, number), at * long);
  }
  return scratch.toString("latin1", 0, numbers.length * long);
}
