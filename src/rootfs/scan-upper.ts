import { type BigIntStats, lstatSync } from "node:fs";
import { filesystemError } from "../errors/filesystem-error.ts";
import { fsPath } from "../filetree/name.ts";
import { type FileTree, joinPath } from "../filetree/tree.ts";
import { sameBytes } from "./compare-files.ts";
import type { OverlayMarks } from "./overlay-mount.ts";
import { getXattr } from "./posix.ts";
import type { FileOwner } from "./stage-root.ts";
import { type DoubtfulFile, TreeScan } from "./tree-scan.ts";
import { walkDirectory } from "./walk-directory.ts";

/** The layers of an overlay that was mounted, and what it showed at first. */
export interface ScanBase {
  readonly before: FileTree;
  /** The lower directories, uppermost first. */
  readonly lowers: readonly string[];
  /** See `StageRoot.change`. */
  readonly maker?: FileOwner | undefined;
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
  const scan = new TreeScan(base.before, { maker: base.maker });
  try {
    await walkDirectory(upper, (path, file, stats) => {
      if (isWhiteout(stats)) {
        scan.remove(path);
        return;
      }
      if (stats.isDirectory() && isOpaque(file, base.marks)) scan.clear(path);
      scan.found(path, file, stats);
    });
    return await scan.finish({
      unchanged: (doubtful) => Promise.resolve(asInLowers(doubtful, base.lowers)),
      passing: false,
    });
  } catch (error) {
    throw filesystemError("read what the command changed", error);
  }
}

/** Overlayfs marks what is deleted as a character device 0/0. */
function isWhiteout(stats: BigIntStats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0n;
}

/** Overlayfs marks a directory that hides those of the same path below it. */
function isOpaque(directory: string, marks: OverlayMarks): boolean {
  return getXattr(directory, `${marks}.overlay.opaque`)?.toString("latin1") === "y";
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
