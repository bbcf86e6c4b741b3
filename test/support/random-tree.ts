import * as fc from "fast-check";
import type { LeafNode, Metadata, TreeNode } from "../../src/filetree/node.ts";
import { type FileTree, joinPath, parentOf } from "../../src/filetree/tree.ts";

/** One change to a tree; few names, so that changes meet. */
type Action =
  | { readonly kind: "leaf"; readonly path: string; readonly leaf: LeafNode }
  | { readonly kind: "directory"; readonly path: string; readonly metadata: Metadata }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "remove"; readonly path: string };

const name = fc.constantFrom("a", "b", "B", "é", "\u{1f600}", "\udcff", "a.b", "n".repeat(120));
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
const capability = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((value) => new Map([["security.capability", value]]));

const metadata: fc.Arbitrary<Metadata> = fc
  .record({
    mode: fc.constantFrom(0o644, 0o4755, 0o1777, 0),
    uid: fc.constantFrom(0, 1000, 3_000_000),
    gid: fc.constantFrom(0, 50),
    seconds: fc.constantFrom(0, 1_577_934_245, -5),
    xattrs: fc.option(capability, { nil: undefined, freq: 5 }),
  })
  .map(({ seconds, xattrs, ...rest }) => ({
    ...rest,
    mtime: { seconds, nanoseconds: 0 },
    ...(xattrs === undefined ? {} : { xattrs }),
  }));

const leaf: fc.Arbitrary<LeafNode> = fc.oneof(
  fc.tuple(metadata, fc.uint8Array({ maxLength: 3 })).map(([rest, bytes]) => ({
    type: "file" as const,
    ...rest,
    size: bytes.length,
    content: { kind: "inline" as const, bytes },
  })),
  fc
    .tuple(metadata, fc.constantFrom("a", "../x", "/b/é", "t".repeat(101)))
    .map(([rest, target]) => ({ type: "symlink" as const, ...rest, target })),
  metadata.map((rest) => ({ type: "fifo" as const, ...rest })),
  fc
    .tuple(metadata, fc.constantFrom("character" as const, "block" as const), fc.nat(3))
    .map(([rest, type, minor]) => ({ type, ...rest, major: 1, minor })),
);

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("leaf" as const), path, leaf }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("directory" as const), path, metadata }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("link" as const), path, target: path }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), path }) },
);

/** Sequences of changes to a tree: files of all types, hard links, removals. */
export const actions: fc.Arbitrary<Action[]> = fc.array(action, { maxLength: 25 });

/** Does `steps` to `tree`. Leaves on the way to a path are left alone, and the step is not done. */
export function perform(tree: FileTree, steps: readonly Action[]): void {
  for (const step of steps) {
    if (!hasWay(tree, step.path)) continue;
    if (step.kind === "leaf") tree.setLeaf(step.path, { ...step.leaf });
    else if (step.kind === "directory") tree.setDirectory(step.path, step.metadata);
    else if (step.kind === "remove") tree.remove(step.path);
    else {
      const node = tree.get(step.target);
      if (node !== undefined && node.type !== "directory") tree.setLeaf(step.path, node);
    }
  }
}

/**
 * What a tree holds, by path, in a form that compares: everything but the times of directories,
 * and the objects that hard links share.
 */
export function contentsOf(tree: FileTree): Map<string, string> {
  const contents = new Map<string, string>();
  const walk = (node: TreeNode, at: string): void => {
    if (at !== "") contents.set(at, describe(node));
    if (node.type !== "directory") return;
    for (const [child, below] of node.children) walk(below, joinPath(at, child));
  };
  walk(tree.root, "");
  return new Map([...contents].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function describe(node: TreeNode): string {
  const { mode, uid, gid, mtime, xattrs } = node;
  const value = xattrs?.get("security.capability");
  const common = [
    node.type,
    mode.toString(8),
    uid,
    gid,
    value && Buffer.from(value).toString("hex"),
  ];
  if (node.type === "directory") return common.join(" ");
  const time = `${mtime.seconds}.${mtime.nanoseconds}`;
  return [...common, time, ...details(node)].join(" ");
}

function details(node: LeafNode): (string | number)[] {
  if (node.type === "symlink") return [node.target];
  if (node.type === "fifo") return [];
  if (node.type !== "file") return [node.major, node.minor];
  return node.content.kind === "inline" ? [Buffer.from(node.content.bytes).toString("hex")] : [];
}

function hasWay(tree: FileTree, to: string): boolean {
  for (let [at] = parentOf(to); at !== ""; [at] = parentOf(at)) {
    const node = tree.get(at);
    if (node !== undefined && node.type !== "directory") return false;
  }
  return true;
}
