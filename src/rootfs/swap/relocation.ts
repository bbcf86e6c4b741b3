import { mkdirSync, renameSync, rmdirSync } from "node:fs";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { resolvePath } from "../../filetree/resolve.ts";
import { type FileTree, joinPath, parentOf, splitPath } from "../../filetree/tree.ts";
import { statusOf } from "./move.ts";

/** A directory whose place is that of a link of the image, and where that link leads. */
export interface Relocation {
  readonly from: string;
  readonly to: string;
}

/**
 * The directories on the way to what stays that are links in the image: `/var/run`, say, which holds
 * a service account, and which the image has as a link to `/run`. What they hold has to be where the
 * link leads, so that its path means the same as before.
 */
export function relocationsFor(staying: Iterable<string>, image: FileTree): readonly Relocation[] {
  const found = new Map<string, string>();
  for (const path of staying) {
    const link = firstLink(path, image);
    if (link !== undefined) found.set(link, resolvePath(image, link).path);
  }
  return [...found].map(([from, to]) => ({ from, to }));
}

/** The first link of the image on the way to `path`, whose last name does not count. */
function firstLink(path: string, image: FileTree): string | undefined {
  let at = "";
  for (const name of splitPath(path).slice(0, -1)) {
    at = joinPath(at, name);
    if (image.get(at)?.type === "symlink") return at;
  }
  return undefined;
}

/** Takes back what `relocate` has done. */
export type TakeBack = () => void;

/**
 * Moves a directory of `place` to where an image wants it, mounts included. Gives undefined where that
 * cannot be: something is mounted on the directory itself, or there is something already.
 *
 * @throws what `node:fs` throws.
 */
export function relocate({ from, to }: Relocation, place: string): TakeBack | undefined {
  const [source, target] = [joinPath(place, from), joinPath(place, to)];
  if (to === "" || statusOf(source)?.isDirectory() !== true) return undefined;
  if (statusOf(target) !== undefined) return undefined;
  const made = makeParents(to, place);
  try {
    renameSync(source, target);
  } catch (error) {
    for (const directory of made) rmdirSync(directory);
    if (["EBUSY", "EINVAL", "EXDEV"].includes(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
  return () => {
    // A command may have removed what was on the way.
    mkdirSync(joinPath(place, parentOf(from)[0]), { recursive: true });
    renameSync(target, source);
    for (const directory of made) rmdirSync(directory);
  };
}

/** Makes the missing parents of `path` in `place`; gives them, the deepest first. */
function makeParents(path: string, place: string): string[] {
  const [parent] = parentOf(path);
  if (parent === "" || statusOf(joinPath(place, parent)) !== undefined) return [];
  const above = makeParents(parent, place);
  mkdirSync(joinPath(place, parent));
  return [joinPath(place, parent), ...above];
}
