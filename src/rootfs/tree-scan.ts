import type { BigIntStats } from "node:fs";
import { compareNames } from "../filetree/name.ts";
import type { FileNode, LeafNode, Metadata, TreeNode } from "../filetree/node.ts";
import type { FileTree } from "../filetree/tree.ts";
import { readMetadata, sameMetadata, withTreeCapability, withTreeOwner } from "./disk-metadata.ts";
import { type OwnerIds, ownerIds } from "./owner-ids.ts";
import { readLeaf, sameLeaf } from "./read-leaf.ts";
import type { FileOwner } from "./stage-root.ts";

/** A file that looks as before although something was done to it. */
export interface DoubtfulFile {
  readonly path: string;
  readonly before: FileNode;
  /** Absolute path of the file now. */
  readonly file: string;
}

/** What differs from one way of looking at a root to the other. */
export interface ContentRules {
  /** Those of `doubtful` whose bytes are as before. */
  readonly unchanged: (doubtful: readonly DoubtfulFile[]) => Promise<ReadonlySet<DoubtfulFile>>;
  /** Whether the next command may write to the files that this one has left. */
  readonly passing: boolean;
}

/** What tells a file of a file system from all others, also from those that it had before. */
export type FileIdentity = Pick<BigIntStats, "ino" | "birthtimeNs">;

/** Whose files are where an owner on disk stands for anybody. */
export interface OwnerRules {
  /** Owns what is new; root where absent. */
  readonly maker?: FileOwner | undefined;
  /**
   * What the file was before, under whatever name; undefined for what is new. Where absent, a file is
   * what its name was.
   */
  readonly origin?: ((file: FileIdentity) => TreeNode | undefined) | undefined;
}

const root: FileOwner = { uid: 0, gid: 0 };
const setgid = 0o2000;

interface Finding {
  readonly disk: LeafNode;
  readonly identity: FileIdentity;
  readonly file: string;
  readonly paths: string[];
}

/**
 * Brings a tree from what a root was before a command to what it is after, from what is found on
 * disk. Files that are as before keep their node. An equal time without nanoseconds proves nothing,
 * since archives and `touch` make such times, so bytes are compared then (as BuildKit's differ does).
 */
export class TreeScan {
  readonly #before: FileTree;
  readonly #after: FileTree;
  readonly #owners: OwnerRules;
  readonly #ids: OwnerIds;
  /** By inode, so that hard links are found as one. */
  readonly #findings = new Map<bigint, Finding>();

  constructor(before: FileTree, owners: OwnerRules) {
    this.#before = before;
    this.#owners = owners;
    this.#after = before.fork();
    this.#ids = ownerIds();
  }

  /** There is nothing at `path` any more. */
  remove(path: string): void {
    this.#after.remove(path);
  }

  /** Nothing of what was in the directory `path` is left. */
  clear(path: string): void {
    this.#after.clear(path);
  }

  /** Something may have been done to the file `path`, whose absolute path is `file`. */
  found(path: string, file: string, stats: BigIntStats): void {
    if (stats.isDirectory()) {
      this.#foundDirectory(path, readMetadata(file, stats), stats);
      return;
    }
    const known = this.#findings.get(stats.ino);
    const disk = known?.disk ?? readLeaf(file, stats);
    if (disk === undefined) this.remove(path);
    else if (known === undefined) {
      this.#findings.set(stats.ino, { disk, identity: identityOf(stats), file, paths: [path] });
    } else known.paths.push(path);
  }

  #foundDirectory(path: string, disk: Metadata, stats: BigIntStats): void {
    const before = this.#before.get(path);
    const named = before?.type === "directory" ? before : undefined;
    const owner = this.#originOf(stats, named) ?? this.#makerAt(path);
    const metadata = withTreeOwner(disk, owner, this.#ids);
    const now = this.#after.get(path);
    if (now?.type === "directory" && sameMetadata(now, metadata)) return;
    this.#after.setDirectory(path, metadata);
  }

  #originOf(file: FileIdentity, named: TreeNode | undefined): TreeNode | undefined {
    const { origin } = this.#owners;
    return origin === undefined ? named : origin(file);
  }

  /** Who owns what is new at `path`: in a directory with the setgid bit, the group is the directory's. */
  #makerAt(path: string): FileOwner {
    const { maker = root } = this.#owners;
    const parent = this.#after.get(path.slice(0, Math.max(path.lastIndexOf("/"), 0)));
    const givesGroup = parent?.type === "directory" && (parent.mode & setgid) !== 0;
    return givesGroup ? { uid: maker.uid, gid: parent.gid } : maker;
  }

  /** What was read from disk, with what could not be put there. */
  #asInTree(disk: LeafNode, origin: TreeNode | undefined, path: string): LeafNode {
    const owned = withTreeOwner(disk, origin ?? this.#makerAt(path), this.#ids);
    return withTreeCapability(owned, origin);
  }

  /** The tree as it is now; to be called once, when everything was found. */
  async finish(rules: ContentRules): Promise<FileTree> {
    const doubtful: DoubtfulFile[] = [];
    const settled = [...this.#findings.values()].map((finding) => {
      finding.paths.sort(compareNames);
      const same = this.#sameAsBefore(finding);
      const doubt = same === undefined ? undefined : doubtAbout(same, finding.file);
      if (doubt !== undefined) doubtful.push(doubt);
      return { finding, same, doubt };
    });
    const unchanged = await rules.unchanged(doubtful);
    for (const { finding, same, doubt } of settled) {
      const keepsNode = same !== undefined && (doubt === undefined || unchanged.has(doubt));
      const node = keepsNode ? same.node : this.#changed(finding, rules);
      for (const path of finding.paths) {
        if (this.#after.get(path) !== node) this.#after.setLeaf(path, node);
      }
    }
    return this.#after;
  }

  /** The node that one of the file's names had before, if nothing but bytes can have changed. */
  #sameAsBefore({ paths, disk, identity }: Finding): { path: string; node: LeafNode } | undefined {
    for (const path of paths) {
      const node = this.#before.get(path);
      if (node === undefined || node.type === "directory") continue;
      const origin = this.#originOf(identity, node);
      if (sameLeaf(node, this.#asInTree(disk, origin, path))) return { path, node };
    }
    return undefined;
  }

  #changed({ paths, disk, identity, file }: Finding, rules: ContentRules): LeafNode {
    const before = paths.map((path) => this.#before.get(path)).find((node) => node !== undefined);
    const origin = this.#originOf(identity, before?.type === disk.type ? before : undefined);
    const node = this.#asInTree(disk, origin, paths[0] ?? "");
    if (!rules.passing || node.type !== "file" || node.content.kind !== "local") return node;
    return { ...node, content: { kind: "local", path: file, passing: true } };
  }
}

/** Of a file's status, which is much larger, nothing else is needed later. */
function identityOf({ ino, birthtimeNs }: BigIntStats): FileIdentity {
  return { ino, birthtimeNs };
}

function doubtAbout(
  same: { readonly path: string; readonly node: LeafNode },
  file: string,
): DoubtfulFile | undefined {
  const { path, node } = same;
  if (node.type !== "file" || node.size === 0 || node.mtime.nanoseconds !== 0) return undefined;
  return { path, before: node, file };
}
