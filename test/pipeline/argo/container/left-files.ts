import type { Stats } from "node:fs";
import { lstat, readFile } from "node:fs/promises";
import path from "node:path";
import { errnoOf } from "../../../../src/errors/filesystem-error.ts";

/** A container that has ended, as its files can be read on this machine. */
export interface LeftContainer {
  /** The directories that its root was made of, the uppermost first. */
  readonly roots: readonly string[];
  /** Directories of this machine, by the paths that they were mounted on. */
  readonly mounts: ReadonlyMap<string, string>;
  /** Who it ran as, by ids of this machine; `undefined` where it could read all files. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Reads a file that a container left, as its user. `undefined` where there is none, or the user may
 * not read it: the emissary only warns then.
 *
 * @throws Error when a symlink is on the way: that is not emulated.
 */
export async function readLeftFile(
  { roots, mounts, user }: LeftContainer,
  file: string,
): Promise<Buffer | undefined> {
  const above = [...mounts.keys()].filter((mount) => isWithin(file, mount));
  const mount = above.toSorted((left, right) => right.length - left.length)[0];
  const places =
    mount === undefined
      ? roots.map((root) => [root, file] as const)
      : [[mounts.get(mount) ?? "", path.relative(mount, file)] as const];
  for (const [root, name] of places) {
    const way = await statWay(root, name.split("/").filter(Boolean));
    const last = way?.at(-1);
    if (way === undefined || last === undefined) continue;
    // So the overlay notes that a file was removed.
    if (last.isCharacterDevice()) return undefined;
    if (user !== undefined && !way.every((each) => isOpenTo(each, user))) return undefined;
    return readFile(path.join(root, name));
  }
  return undefined;
}

function isWithin(file: string, directory: string): boolean {
  return file === directory || file.startsWith(`${directory}/`);
}

async function statWay(root: string, names: readonly string[]): Promise<Stats[] | undefined> {
  const way: Stats[] = [];
  let place = root;
  for (const name of names) {
    place = path.join(place, name);
    try {
      way.push(await lstat(place));
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw error;
    }
    if (way.at(-1)?.isSymbolicLink() === true) throw new Error(`${place} is a symlink`);
  }
  return way.length === 0 ? [await lstat(root)] : way;
}

/** Whether a file can be read, or a directory be passed through. */
function isOpenTo(stats: Stats, { uid, gid }: { uid: number; gid: number }): boolean {
  const bit = stats.isDirectory() ? 0o1 : 0o4;
  const shift = stats.uid === uid ? 6 : stats.gid === gid ? 3 : 0;
  return (stats.mode & (bit << shift)) !== 0;
}
