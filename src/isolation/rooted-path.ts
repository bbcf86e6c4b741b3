import { lstatSync, readlinkSync } from "node:fs";
import path from "node:path";
import { errnoOf, FilesystemError } from "../errors/filesystem-error.ts";
import { followLinks } from "../filetree/resolve.ts";

/**
 * Where `target` leads for a process whose root is the directory `root`: an absolute path in that
 * root, without links, `.` and `..`. What is missing of it is kept as written. The result never
 * leads out of `root`, whatever links are in there.
 *
 * @throws FILESYSTEM_FAILED when there are too many links on the way.
 */
export function resolveInRoot(root: string, target: string): string {
  const resolved = followLinks(target, (here) => linkAt(path.join(root, here)));
  if (resolved === undefined) {
    throw new FilesystemError("FILESYSTEM_FAILED", `too many links on the way to ${target}`);
  }
  return `/${resolved}`;
}

function linkAt(file: string): string | undefined {
  try {
    const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    return isLink ? readlinkSync(file) : undefined;
  } catch (error) {
    // Below a file there is nothing.
    if (errnoOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
