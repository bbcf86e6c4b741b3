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
 * Resolves `path` inside `tree` the way the kernel would in a process whose root is the tree's:
 * absolute links start again at the root, and `..` stops there. This is the one place that turns
 * untrusted names into paths; the result never leads out of the tree.
 *
 * @throws CONTEXT_UNREADABLE when there are more than 255 links on the way (ELOOP).
 */
export function resolvePath(tree: FileTree, path: string, options: ResolveOptions = {}): Resolved {
  const followLast = options.followLast ?? true;
  const todo = namesOf(path).toReversed();
  let at: string[] = [];
  let links = 0;
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (name === "..") {
      at.pop();
      continue;
    }
    const here = joinPath(at.join("/"), name);
    const node = tree.get(here);
    if (node?.type === "symlink" && (todo.length > 0 || followLast)) {
      links += 1;
      if (links > linkLimit) throw tooManyLinks(path);
      if (node.target.startsWith("/")) at = [];
      todo.push(...namesOf(node.target).toReversed());
      continue;
    }
    at.push(name);
  }
  const resolved = at.join("/");
  return { path: resolved, node: tree.get(resolved) };
}

/** The names in `path` without empty ones and `.`; `..` is kept. */
function namesOf(path: string): string[] {
  return splitPath(path).filter((name) => name !== "" && name !== ".");
}

function tooManyLinks(path: string): ContextError {
  return new ContextError("CONTEXT_UNREADABLE", `too many symbolic links on the way to ${path}`);
}
