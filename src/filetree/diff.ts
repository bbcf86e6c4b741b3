import {
  type LinkEntry,
  type PutEntry,
  type WhiteoutEntry,
  whiteoutPrefix,
} from "./layer-entry.ts";
import { linkedAmong } from "./linked.ts";
import { compareNames } from "./name.ts";
import type { DirectoryNode, FileNode, LeafNode, Metadata, TreeNode } from "./node.ts";
import { type FileTree, joinPath } from "./tree.ts";

/** A hard link that also tells what it leads to. */
export interface LinkChange extends LinkEntry {
  readonly node: LeafNode;
}

/** One member of the archive of a new layer. */
export type LayerChange = PutEntry | LinkChange | WhiteoutEntry;

export interface DiffOptions {
  /**
   * Asked for two files that differ in nothing but may have been written within the same second:
   * neither mtime has nanoseconds, and the content is not known to be in the same place. The answer
   * false puts the file into the layer, which is never wrong; without this function it is false.
   *
   * A caller that can only read asynchronously runs the diff once to collect the questions.
   */
  readonly sameContent?: (path: string, before: FileNode, after: FileNode) => boolean;
  /** All nodes that have several names. Where that is not known, a path is kept for each node that appears. */
  readonly linked?: ReadonlySet<LeafNode>;
}

/**
 * The members of the layer that turns `before` into `after`, as BuildKit's differ has them: depth
 * first, names ordered by bytes, directories before their children, the root itself never.
 *
 * - What vanished gets one explicit whiteout at its topmost path; opaque markers are not used.
 * - A directory appears if its mode, owner or `security.capability` changed, or anything below it.
 *   Its mtime alone does not count.
 * - Anything else appears if its type, mode, owner, `security.capability`, mtime, size, device
 *   numbers, link target or content changed.
 * - Of several names of one file that appear, the first is the file and the others are hard links.
 *   A name that did not change never appears, so a new name of an old file is a file of its own.
 * - A name that begins with `.wh.` cannot be said in a layer and is left out.
 *
 * The same object in both trees is equal, with all that is below it.
 */
export function diffTrees(
  before: FileTree,
  after: FileTree,
  options: DiffOptions = {},
): Generator<LayerChange> {
  return new TreeDiff(options).children("", before.root, after.root);
}

/**
 * What `diffTrees` says, found out anew each time that it is gone through: a list of all changes would take nearly as
 * much memory as a tree. Neither tree may change meanwhile. It is gone through once here, and so all is asked.
 */
export function changesBetween(
  before: FileTree,
  after: FileTree,
  { sameContent }: Pick<DiffOptions, "sameContent"> = {},
): Iterable<LayerChange> {
  const asked = sameContent === undefined ? {} : { sameContent };
  const none: ReadonlySet<LeafNode> = new Set();
  const linked = linkedAmong(leavesIn(diffTrees(before, after, { ...asked, linked: none })));
  return { [Symbol.iterator]: () => diffTrees(before, after, { ...asked, linked }) };
}

function* leavesIn(changes: Iterable<LayerChange>): Generator<LeafNode> {
  for (const change of changes) {
    if (change.kind === "put" && change.node.type !== "directory") yield change.node;
  }
}

class TreeDiff {
  readonly #options: DiffOptions;
  readonly #firstPath = new Map<LeafNode, string>();

  constructor(options: DiffOptions) {
    this.#options = options;
  }

  /** @yields what changed below the directory `path`, which `before` may lack. */
  *children(
    path: string,
    before: DirectoryNode | undefined,
    after: DirectoryNode,
  ): Generator<LayerChange> {
    if (before === after) return;
    for (const name of namesOf(before, after)) {
      if (name.startsWith(whiteoutPrefix)) continue;
      const below = joinPath(path, name);
      const old = before?.children.get(name);
      const now = after.children.get(name);
      if (now === undefined) yield { kind: "whiteout", path: below };
      else if (now.type === "directory") yield* this.#directory(below, old, now);
      else if (!this.#isSame(below, old, now)) yield this.#leaf(below, now);
    }
  }

  *#directory(path: string, old: TreeNode | undefined, now: DirectoryNode): Generator<LayerChange> {
    const before = old?.type === "directory" ? old : undefined;
    const changes = this.children(path, before, now);
    const first = changes.next();
    const changed = before === undefined || !sameOwnership(before, now);
    if (changed || first.done !== true) yield { kind: "put", path, node: now };
    if (first.done === true) return;
    yield first.value;
    yield* changes;
  }

  #leaf(path: string, node: LeafNode): LayerChange {
    if (this.#options.linked?.has(node) === false) return { kind: "put", path, node };
    const target = this.#firstPath.get(node);
    if (target !== undefined) return { kind: "link", path, target, node };
    this.#firstPath.set(node, path);
    return { kind: "put", path, node };
  }

  #isSame(path: string, old: TreeNode | undefined, now: LeafNode): boolean {
    if (old === now) return true;
    if (old === undefined || !sameOwnership(old, now) || !sameTime(old, now)) return false;
    if (old.type === "file" && now.type === "file") return this.#isSameFile(path, old, now);
    return sameSpecial(old, now);
  }

  #isSameFile(path: string, old: FileNode, now: FileNode): boolean {
    if (old.size !== now.size) return false;
    const mayBeTruncated = old.mtime.nanoseconds === 0 && now.mtime.nanoseconds === 0;
    if (!mayBeTruncated || now.size === 0 || sameSource(old, now)) return true;
    return this.#options.sameContent?.(path, old, now) ?? false;
  }
}

function namesOf(before: DirectoryNode | undefined, after: DirectoryNode): string[] {
  const names = [...after.children.keys()];
  for (const name of before?.children.keys() ?? []) {
    if (!after.children.has(name)) names.push(name);
  }
  return names.toSorted(compareNames);
}

function sameOwnership(a: Metadata, b: Metadata): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && sameCapability(a, b);
}

function sameCapability(a: Metadata, b: Metadata): boolean {
  const one = a.xattrs?.get("security.capability");
  const other = b.xattrs?.get("security.capability");
  if (one === undefined || other === undefined) return one === other;
  return Buffer.compare(one, other) === 0;
}

function sameTime(a: Metadata, b: Metadata): boolean {
  return a.mtime.seconds === b.mtime.seconds && a.mtime.nanoseconds === b.mtime.nanoseconds;
}

function sameSpecial(a: TreeNode, b: LeafNode): boolean {
  if (a.type !== b.type) return false;
  if (a.type === "symlink" && b.type === "symlink") return a.target === b.target;
  if ("major" in a && "major" in b) return a.major === b.major && a.minor === b.minor;
  return true;
}

/** Whether two contents are known to be equal without reading them. */
function sameSource(a: FileNode, b: FileNode): boolean {
  const [one, other] = [a.content, b.content];
  if (one === other) return true;
  if (one.kind === "layer" && other.kind === "layer") {
    return one.layer === other.layer && one.offset === other.offset;
  }
  if (one.kind === "local" && other.kind === "local") {
    return one.path === other.path && one.passing !== true && other.passing !== true;
  }
  if (one.kind === "inline" && other.kind === "inline") {
    return Buffer.compare(one.bytes, other.bytes) === 0;
  }
  return false;
}
