import { chmodSync, lstatSync, mkdirSync, rmdirSync, unlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { errnoOf, filesystemError } from "../errors/filesystem-error.ts";
import { changeDirectory, keepingTime } from "../rootfs/change-directory.ts";
import { onDisk } from "../rootfs/on-disk.ts";
import { resolveInRoot } from "./rooted-path.ts";

/** Something will be mounted at `target`, an absolute path in the image. */
export interface MountPoint {
  readonly target: string;
  readonly kind: "file" | "directory";
}

/** Mount points that exist. */
export interface PreparedMountPoints {
  /** Where each mount point is, in their order: absolute in the root, without links. */
  readonly targets: readonly string[];
  /** Takes away what was made for them. What the command put there stays, with its parents. */
  remove(): void;
}

/** An empty file or directory that was made for a mount. */
interface Stub {
  readonly path: string;
  readonly kind: "file" | "directory";
  readonly inode: bigint;
}

/**
 * Makes what is missing of `points` in the directory `root`: empty files, directories, and their
 * parents. Links are followed inside `root` only. The times of directories stay as they are, now
 * and when the stubs are removed, so that no trace is left of what was not the command's doing.
 *
 * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
 */
export function prepareMountPoints(
  root: string,
  points: readonly MountPoint[],
): PreparedMountPoints {
  const stubs: Stub[] = [];
  const targets: string[] = [];
  const remove = (): void => {
    for (const stub of stubs.toReversed()) removeStub(stub);
    stubs.length = 0;
  };
  try {
    for (const { target, kind } of points) {
      const resolved = resolveInRoot(root, target);
      // A mount point in what an earlier mount covers is made there by the runtime.
      if (!targets.some((earlier) => resolved.startsWith(`${earlier}/`))) {
        makeStubs({ root, resolved, kind }, stubs);
      }
      targets.push(resolved);
    }
  } catch (error) {
    remove();
    throw filesystemError("make the mount points of a command", error);
  }
  return { targets, remove };
}

interface Missing {
  readonly root: string;
  readonly resolved: string;
  readonly kind: "file" | "directory";
}

function makeStubs({ root, resolved, kind }: Missing, stubs: Stub[]): void {
  const names = resolved.split("/").filter((name) => name !== "");
  let at = root;
  for (const [index, name] of names.entries()) {
    const parent = at;
    at = path.join(at, name);
    if (lstatSync(at, { throwIfNoEntry: false }) !== undefined) continue;
    const stubKind = index < names.length - 1 ? "directory" : kind;
    const made = at;
    keepingTime(parent, () => makeStub(made, stubKind));
    stubs.push({ path: made, kind: stubKind, inode: lstatSync(made, { bigint: true }).ino });
  }
}

function makeStub(stub: string, kind: "file" | "directory"): void {
  if (kind === "directory") makeDirectory(stub);
  else writeFileSync(stub, "", { flag: "wx" });
}

/** Makes a directory of octal mode 755, whatever the umask is. */
function makeDirectory(directory: string): void {
  mkdirSync(directory);
  chmodSync(directory, 0o755);
}

/**
 * Makes the directory `target`, absolute in `root`, with what is missing of its parents; octal 755.
 * Links are followed inside `root` only.
 *
 * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
 */
export function makeDirectoryInRoot(root: string, target: string): void {
  let at = root;
  onDisk("make the working directory", () => {
    for (const name of resolveInRoot(root, target).split("/")) {
      const parent = at;
      at = path.join(at, name);
      if (lstatSync(at, { throwIfNoEntry: false }) !== undefined) continue;
      const missing = at;
      changeDirectory(parent, () => makeDirectory(missing));
    }
  });
}

function removeStub(stub: Stub): void {
  const stats = lstatSync(stub.path, { bigint: true, throwIfNoEntry: false });
  if (stats?.ino !== stub.inode) return;
  try {
    if (stub.kind === "directory") keepingTime(path.dirname(stub.path), () => rmdirSync(stub.path));
    else if (stats.size === 0n) keepingTime(path.dirname(stub.path), () => unlinkSync(stub.path));
  } catch (error) {
    if (errnoOf(error) !== "ENOTEMPTY") throw filesystemError("remove a mount point", error);
  }
}
