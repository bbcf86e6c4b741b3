import type { DirectoryNode, LeafNode } from "./node.ts";

/** Those of `leaves` that come more than once: they have several names. */
export function linkedAmong(leaves: Iterable<LeafNode>): ReadonlySet<LeafNode> {
  const seen = new Set<LeafNode>();
  const linked = new Set<LeafNode>();
  for (const leaf of leaves) {
    if (seen.has(leaf)) linked.add(leaf);
    else seen.add(leaf);
  }
  return linked;
}

/** @yields everything in a directory and below that is none itself. */
export function* leavesBelow({ children }: DirectoryNode): Generator<LeafNode> {
  for (const child of children.values()) {
    if (child.type === "directory") yield* leavesBelow(child);
    else yield child;
  }
}
