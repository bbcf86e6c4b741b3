import { ContextError } from "../errors/context-error.ts";
import type { TreeNode } from "./node.ts";
import { type FileTree, joinPath, splitPath } from "./tree.ts";

const linkLimit = 255;

export interface ResolveOptions {
  /** Whether a link at the end of the path is followed too. Default true. */
  readonly followLast?: boolean;
}

/** Where a path leads inside a tree. */
export interface Resolved {
  /** The path without links, `.` and `..`; what is missing of it is kept as written. */
  readonly path: string;
  /** The node there, or undefined when the path does not exist. */
  readonly node: TreeNode | undefined;
}

/**
 * Resolves `path` inside `tree` as `followLinks` does; the result never leads out of the tree.
 *
 * @throws CONTEXT_UNREADABLE when there are more than 255 links on the way (ELOOP).
 */
export function resolvePath(tree: FileTree, path: string, options: ResolveOptions = {}): Resolved {
  const followLast = options.followLast ?? true;
  const resolved = followLinks(path, (here, isLast) => {
    const node = tree.get(here);
    return node?.type === "symlink" && (!isLast || followLast) ? node.target : undefined;
  });
  if (resolved === undefined) {
    throw new ContextError("CONTEXT_UNREADABLE", `too many symbolic links on the way to ${path}`);
  }
  return { path: resolved, node: tree.get(resolved) };
}

/**
 * Where `path` leads, the way the kernel would find it in a process with a root of its own:
 * absolute links start again at the root, and `..` stops there. This is the one place that turns
 * untrusted names into paths. The result is relative to the root, without links, `.` and `..`.
 *
 * `linkAt` is asked about each name on the way, by its path from the root: it gives the target of a
 * link that is to be followed. More than 255 of them give undefined.
 */
export function followLinks(
  path: string,
  linkAt: (here: string, isLast: boolean) => string | undefined,
): string | undefined {
  const todo = namesOf(path).toReversed();
  let at: string[] = [];
  let links = 0;
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (name === "..") {
      at.pop();
      continue;
    }
    const target = linkAt(joinPath(at.join("/"), name), todo.length === 0);
    if (target === undefined) {
      at.push(name);
      continue;
    }
    links += 1;
    if (links > linkLimit) return undefined;
    if (target.startsWith("/")) at = [];
    todo.push(...namesOf(target).toReversed());
  }
  return at.join("/");
}

/** The names in `path` without empty ones and `.`; `..` is kept. */
function namesOf(path: string): string[] {
  return splitPath(path).filter((name) => name !== "" && name !== ".");
}
