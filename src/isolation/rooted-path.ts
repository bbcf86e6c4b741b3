import { lstatSync, readlinkSync } from "node:fs";
import path from "node:path";
import { errnoOf, FilesystemError } from "../errors/filesystem-error.ts";

const linkLimit = 255;

/**
 * Where `target` leads for a process whose root is the directory `root`: an absolute path in that
 * root, without links, `.` and `..`. What is missing of it is kept as written. The result never
 * leads out of `root`, whatever links are in there.
 *
 * @throws FILESYSTEM_FAILED when there are too many links on the way.
 */
export function resolveInRoot(root: string, target: string): string {
  const todo = namesOf(target).toReversed();
  let at: string[] = [];
  let links = 0;
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (name === "..") {
      at.pop();
      continue;
    }
    const here = path.join(root, ...at, name);
    if (!isLink(here)) {
      at.push(name);
      continue;
    }
    links += 1;
    if (links > linkLimit) {
      throw new FilesystemError("FILESYSTEM_FAILED", `too many links on the way to ${target}`);
    }
    const link = readlinkSync(here);
    if (link.startsWith("/")) at = [];
    todo.push(...namesOf(link).toReversed());
  }
  return `/${at.join("/")}`;
}

function isLink(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch (error) {
    // Below a file there is nothing.
    if (errnoOf(error) === "ENOTDIR") return false;
    throw error;
  }
}

function namesOf(target: string): string[] {
  return target.split("/").filter((name) => name !== "" && name !== ".");
}
