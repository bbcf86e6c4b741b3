import {
  type BigIntStats,
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
} from "node:fs";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { decodeName, fsPath } from "../../filetree/name.ts";
import { fileTimeOf } from "../../filetree/stat-values.ts";
import { joinPath } from "../../filetree/tree.ts";
import { setTimes } from "../posix.ts";

/** The names in a directory; none where it is not there. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(fsPath(directory), { encoding: "buffer" }).map(decodeName);
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return [];
    throw error;
  }
}

/** The status of what is at `path`; a link is not followed. */
export function statusOf(path: string): BigIntStats | undefined {
  return lstatSync(fsPath(path), { bigint: true, throwIfNoEntry: false });
}

/**
 * Moves an entry of one directory to another, which is made where it is missing. Gives false when
 * something is mounted on the entry, which therefore stays.
 *
 * Overlayfs cannot rename a directory of its lower layers (EXDEV, when `redirect_dir` is off): such
 * a one is made anew, what it holds is moved, and the old one is removed.
 */
export function moveEntry(name: string, from: string, to: string): boolean {
  mkdirSync(fsPath(to), { recursive: true });
  const [source, target] = [joinPath(from, name), joinPath(to, name)];
  try {
    renameSync(fsPath(source), fsPath(target));
    return true;
  } catch (error) {
    if (errnoOf(error) === "EBUSY") return false;
    const stats = errnoOf(error) === "EXDEV" ? statusOf(source) : undefined;
    if (stats?.isDirectory() !== true) throw error;
    for (const child of namesIn(source)) moveEntry(child, source, target);
    mkdirSync(fsPath(target), { recursive: true });
    giveMetadata(target, stats);
    rmdirSync(fsPath(source));
    return true;
  }
}

/** Gives a directory, if it is there, the owner, mode and time that `stats` tell, as far as this process may. */
export function giveMetadata(directory: string, stats: BigIntStats): void {
  if (statusOf(directory)?.isDirectory() !== true) return;
  permitted(() => lchownSync(fsPath(directory), Number(stats.uid), Number(stats.gid)));
  permitted(() => chmodSync(fsPath(directory), Number(stats.mode & 0o7777n)));
  permitted(() => setTimes(directory, fileTimeOf(stats.mtimeNs)));
}

/** A directory of the pod may belong to somebody whose files this process cannot change. */
function permitted(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (errnoOf(error) !== "EPERM" && errnoOf(error) !== "EROFS") throw error;
  }
}
