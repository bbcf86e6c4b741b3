import { type BigIntStats, lstatSync, readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { filesystemError } from "../errors/filesystem-error.ts";
import { decodeName, fsPath } from "../filetree/name.ts";
import { type FileTree, joinPath } from "../filetree/tree.ts";
import { ChangedFiles, type DoubtfulFile } from "./changed-files.ts";
import { sameBytes } from "./compare-files.ts";
import { readMetadata, sameMetadata, withTreeOwner } from "./disk-metadata.ts";
import type { OverlayMarks } from "./overlay-mount.ts";
import { type OwnerIds, ownerIds } from "./owner-ids.ts";
import { getXattr } from "./posix.ts";

/** The layers of an overlay that was mounted, and what it showed at first. */
export interface ScanBase {
  readonly before: FileTree;
  /** The lower directories, uppermost first. */
  readonly lowers: readonly string[];
  /** Where overlayfs keeps its own attributes; commands cannot write these. */
  readonly marks: OverlayMarks;
}

/**
 * The tree that an overlay shows whose upper directory is `upper`. Costs as much as there are
 * changes. Contents of changed files are `local`, in `upper`. Device nodes of the tree that could not
 * be made on disk stay in it until their directory goes.
 *
 * @throws FILESYSTEM_FAILED
 */
export async function scanUpper(upper: string, base: ScanBase): Promise<FileTree> {
  const ids = ownerIds();
  const after = base.before.fork();
  const files = new ChangedFiles(base.before, ids);
  try {
    await scanDirectory({ ...base, upper, after, ids, files, seen: 0 }, "");
    await files.settle(after, {
      unchanged: (doubtful) => Promise.resolve(asInLowers(doubtful, base.lowers)),
      keep: (file) => file,
    });
  } catch (error) {
    throw filesystemError("read what the command changed", error);
  }
  return after;
}

interface Scan extends ScanBase {
  readonly upper: string;
  readonly after: FileTree;
  readonly ids: OwnerIds;
  readonly files: ChangedFiles;
  seen: number;
}

const filesPerTurn = 1000;

async function scanDirectory(scan: Scan, path: string): Promise<void> {
  const directory = joinPath(scan.upper, path);
  if (isOpaque(scan, directory)) scan.after.clear(path);
  scanMetadata(scan, path);
  for (const bytes of readdirSync(fsPath(directory), { encoding: "buffer" })) {
    const child = joinPath(path, decodeName(bytes));
    const file = joinPath(scan.upper, child);
    const stats = lstatSync(fsPath(file), { bigint: true });
    if (stats.isDirectory()) await scanDirectory(scan, child);
    else if (isWhiteout(stats) || !scan.files.add(child, file, stats)) scan.after.remove(child);
    scan.seen += 1;
    // Uploads and other stages go on meanwhile.
    if (scan.seen % filesPerTurn === 0) await setImmediate();
  }
}

function scanMetadata({ before, after, upper, ids }: Scan, path: string): void {
  const directory = joinPath(upper, path);
  const disk = readMetadata(directory, lstatSync(fsPath(directory), { bigint: true }));
  const old = before.get(path);
  const metadata = old?.type === "directory" ? withTreeOwner(disk, old, ids) : disk;
  const now = after.get(path);
  if (now?.type === "directory" && sameMetadata(now, metadata)) return;
  after.setDirectory(path, metadata);
}

/** Overlayfs marks what is deleted as a character device 0/0. */
function isWhiteout(stats: BigIntStats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0n;
}

function isOpaque(scan: Scan, directory: string): boolean {
  return getXattr(directory, `${scan.marks}.overlay.opaque`)?.toString("latin1") === "y";
}

/** What was there before is still on disk, in a lower directory: no layer has to be read again. */
function asInLowers(
  doubtful: readonly DoubtfulFile[],
  lowers: readonly string[],
): ReadonlySet<DoubtfulFile> {
  const same = doubtful.filter(({ path, file }) => {
    const lower = findLower(lowers, path);
    return lower !== undefined && sameBytes(lower, file);
  });
  return new Set(same);
}

/** The file that the overlay showed at `path`: that of the uppermost lower directory which has one. */
function findLower(lowers: readonly string[], path: string): string | undefined {
  return lowers
    .map((lower) => joinPath(lower, path))
    .find((file) => lstatSync(fsPath(file), { throwIfNoEntry: false })?.isFile() === true);
}
