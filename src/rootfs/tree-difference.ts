import type { DirectoryNode, FileNode, LeafNode, TreeNode } from "../filetree/node.ts";
import { type FileTree, joinPath } from "../filetree/tree.ts";
import { sameMetadata } from "./disk-metadata.ts";

/** What has to be done on disk to come from one tree to another, in the order of the fields. */
export interface TreeDifference {
  /** Paths to be removed with all below them. */
  readonly remove: string[];
  /** Paths of directories to be made, parents first. */
  readonly directories: string[];
  /** Each file to be written once, by its first new name. */
  readonly files: Map<FileNode, string>;
  /** Further new names of these files. */
  readonly links: Map<FileNode, string[]>;
  /** Links, devices and fifos to be made. */
  readonly others: { readonly path: string; readonly leaf: Exclude<LeafNode, FileNode> }[];
  /** Directories that are new, have other metadata, or whose time changes because of the rest. */
  readonly finish: { readonly path: string; readonly directory: DirectoryNode }[];
}

/** Compares by the identity of nodes, so that subtrees which both trees share cost nothing. */
export function differenceBetween(from: FileTree, to: FileTree): TreeDifference {
  const difference: TreeDifference = {
    remove: [],
    directories: [],
    files: new Map(),
    links: new Map(),
    others: [],
    finish: [],
  };
  if (from.root !== to.root) compareDirectories("", from.root, { difference, to: to.root });
  return difference;
}

interface Target {
  readonly difference: TreeDifference;
  readonly to: DirectoryNode;
}

function compareDirectories(path: string, from: DirectoryNode, { difference, to }: Target): void {
  let changed = !sameMetadata(from, to);
  for (const name of from.children.keys()) {
    if (to.children.has(name)) continue;
    difference.remove.push(joinPath(path, name));
    changed = true;
  }
  for (const [name, node] of to.children) {
    const before = from.children.get(name);
    if (before === node) continue;
    const child = joinPath(path, name);
    if (node.type === "directory" && before?.type === "directory") {
      compareDirectories(child, before, { difference, to: node });
      continue;
    }
    if (before !== undefined) difference.remove.push(child);
    addNode(child, node, difference);
    changed = true;
  }
  if (changed) difference.finish.push({ path, directory: to });
}

function addNode(path: string, node: TreeNode, difference: TreeDifference): void {
  if (node.type === "directory") {
    difference.directories.push(path);
    for (const [name, child] of node.children) addNode(joinPath(path, name), child, difference);
    difference.finish.push({ path, directory: node });
  } else if (node.type === "file") {
    const names = difference.links.get(node);
    if (!difference.files.has(node)) difference.files.set(node, path);
    else if (names === undefined) difference.links.set(node, [path]);
    else names.push(path);
  } else {
    difference.others.push({ path, leaf: node });
  }
}
