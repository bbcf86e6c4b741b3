import { metadataOf } from "./copy.ts";
import type { TreeNode } from "./node.ts";
import { type FileTree, joinPath } from "./tree.ts";

/**
 * Lays `layer` over `target`, as an overlay does: its directories keep what is in them below, but
 * are its own in all else; everything else of it replaces what is there, links to directories
 * included. Its root says nothing.
 */
export function mergeTree(target: FileTree, layer: FileTree): void {
  const walk = (node: TreeNode, path: string): void => {
    if (node.type !== "directory") {
      target.setLeaf(path, node);
      return;
    }
    if (path !== "") target.setDirectory(path, metadataOf(node));
    for (const [name, child] of node.children) walk(child, joinPath(path, name));
  };
  walk(layer.root, "");
}
