import type { FileNode, FileTime, LeafNode, TreeNode } from "../../src/filetree/node.ts";
import { FileTree, joinPath } from "../../src/filetree/tree.ts";

/** The modification time of everything that these helpers make. */
export const someTime: FileTime = { seconds: 1_577_934_245, nanoseconds: 0 };

/** A regular file with this text. */
export function file(text: string, metadata: Partial<FileNode> = {}): FileNode {
  const bytes = Buffer.from(text);
  return {
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: someTime,
    size: bytes.length,
    content: bytes.length === 0 ? { kind: "empty" } : { kind: "inline", bytes },
    ...metadata,
  };
}

/** A symbolic link. */
export function link(target: string): LeafNode {
  return { type: "symlink", mode: 0o777, uid: 0, gid: 0, mtime: someTime, target };
}

/**
 * A tree of what `entries` say: a leaf, or octal permission bits for a directory. Directories on the
 * way are made.
 */
export function treeOf(entries: Readonly<Record<string, LeafNode | number>>): FileTree {
  const tree = new FileTree();
  for (const [path, entry] of Object.entries(entries)) {
    if (typeof entry === "number") {
      tree.setDirectory(path, { mode: entry, uid: 0, gid: 0, mtime: someTime });
    } else {
      tree.setLeaf(path, entry);
    }
  }
  return tree;
}

/** One line per path: `path type mode uid:gid text-or-target`, in the order of names. */
export function listing(tree: FileTree): string[] {
  const lines: string[] = [];
  const walk = (node: TreeNode, path: string): void => {
    if (node.type !== "directory") return;
    for (const [name, child] of [...node.children].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const at = joinPath(path, name);
      lines.push([at, describe(child)].join(" "));
      walk(child, at);
    }
  };
  walk(tree.root, "");
  return lines;
}

function describe(node: TreeNode): string {
  const owner = `${node.uid}:${node.gid}`;
  if (node.type === "symlink") return `-> ${node.target} ${owner}`;
  const text =
    node.type === "file" && node.content.kind === "inline"
      ? ` ${Buffer.from(node.content.bytes).toString("utf8")}`
      : "";
  return `${node.type} ${node.mode.toString(8)} ${owner}${text}`;
}
