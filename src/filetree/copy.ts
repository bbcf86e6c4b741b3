import { ContextError } from "../errors/context-error.ts";
import { leavesBelow, linkedAmong } from "./linked.ts";
import type { ModeChange } from "./mode-change.ts";
import type { DirectoryNode, FileTime, LeafNode, Metadata, TreeNode } from "./node.ts";
import { resolvePath } from "./resolve.ts";
import { type FileTree, joinPath, parentOf, splitPath } from "./tree.ts";

/** Directories made in one that has this bit get it too, as mkdir(2) does. */
const setgid = 0o2000;

/** Numeric owner of files. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const root: Owner = { uid: 0, gid: 0 };

/** How copied files, and directories made for them, get their metadata. */
export interface CopyAttributes {
  /** `--chown`; the source's owner is kept where it is absent. */
  readonly owner?: Owner | undefined;
  /** `--chmod` */
  readonly mode?: ModeChange | undefined;
  /** Modification time of directories that have to be made. */
  readonly time: FileTime;
}

/** What of a directory is copied, told while it is walked from the top. */
export interface Selection {
  /** Whether this is copied. A directory that is not appears all the same if something in it is. */
  readonly isSelected: boolean;
  /** Whether something below may be copied; where not, a walk leaves it out. */
  readonly mayHoldSelected: boolean;
  /** What is known of the entry `name` in this directory. */
  enter(name: string): Selection;
}

export interface CopyRequest extends CopyAttributes {
  readonly source: FileTree;
  /** What to copy; a link at its end is followed. A directory means what it holds. */
  readonly path: string;
  /** Where to, from the target's root; a trailing slash makes it a directory. Links are followed. */
  readonly destination: string;
  /** What of the directory is copied (`--exclude`, `--parents`); all of it where absent. */
  readonly selection?: Selection | undefined;
}

/**
 * Copies one source into `target` by the rules of COPY (reference: BuildKit's file copy). Names of
 * the source that are hard links of each other are so in the target too. Returns how many names below
 * a directory, or 1 for another file, have been copied.
 *
 * @throws CONTEXT_SOURCE_NOT_FOUND when the source does not exist.
 * @throws CONTEXT_UNREADABLE when a file stands where a directory is needed, or the other way round.
 */
export function copyInto(target: FileTree, request: CopyRequest): number {
  const source = resolvePath(request.source, request.path);
  if (source.node === undefined) {
    throw new ContextError("CONTEXT_SOURCE_NOT_FOUND", `"/${request.path}": not found`);
  }
  const destination = prepareDestination(target, request, source.node);
  return new Copier(target, request).copyTop(source.node, destination);
}

/**
 * Makes the directory at `path` (no links in it) and those missing above it: octal 755 or the permission
 * bits of a mode given as number, and the setgid bit of the directory above; owned by `attributes.owner` or root.
 *
 * @throws CONTEXT_UNREADABLE when something on the way is no directory.
 */
export function makeDirectories(target: FileTree, path: string, attributes: CopyAttributes): void {
  const { owner = root, mode, time } = attributes;
  const permissions = (mode?.absolute ?? 0o755) & 0o777;
  let at = "";
  let inherited = target.root.mode & setgid;
  for (const name of splitPath(path)) {
    at = joinPath(at, name);
    const node = target.get(at);
    if (node === undefined) {
      target.setDirectory(at, { ...owner, mode: permissions | inherited, mtime: time });
    } else if (node.type === "directory") {
      inherited = node.mode & setgid;
    } else {
      throw obstacle(`mkdir /${at}: not a directory`);
    }
  }
}

function prepareDestination(target: FileTree, request: CopyRequest, source: TreeNode): string {
  const { destination } = request;
  const isDirectoryName = /(^|\/)\.?$/.test(destination);
  const holder = isDirectoryName ? destination : parentOf(destination)[0];
  makeDirectories(target, resolvePath(target, holder).path, request);
  let resolved = resolvePath(target, destination);
  if (source.type === "directory") {
    if (resolved.node === undefined) makeDirectories(target, resolved.path, request);
    return resolved.path;
  }
  if (resolved.node?.type === "directory") {
    const name = parentOf(request.path)[1];
    resolved = { path: joinPath(resolved.path, name), node: undefined };
  }
  makeDirectories(target, parentOf(resolved.path)[0], request);
  return resolved.path;
}

const everything: Selection = {
  isSelected: true,
  mayHoldSelected: true,
  enter: () => everything,
};

/** A directory that is being copied; it is made when it turns out that something of it is copied. */
interface Level {
  readonly source: DirectoryNode;
  readonly destination: string;
  readonly parent: Level | undefined;
  isMade: boolean;
}

class Copier {
  readonly #target: FileTree;
  readonly #request: CopyRequest;
  /** Copies of files that have several names, by their source, so that hard links stay hard links. */
  readonly #copies = new Map<LeafNode, LeafNode>();
  #linked: ReadonlySet<LeafNode> = new Set();
  #count = 0;

  constructor(target: FileTree, request: CopyRequest) {
    this.#target = target;
    this.#request = request;
  }

  /** The destination's own mode and owner stay, whether it was there or has just been made. */
  copyTop(source: TreeNode, destination: string): number {
    if (source.type !== "directory") {
      this.#copyLeaf(source, ...parentOf(destination));
      return this.#count;
    }
    const existing = this.#target.get(destination);
    if (existing !== undefined && existing.type !== "directory") {
      throw obstacle(`cannot copy to non-directory: /${destination}`);
    }
    if (existing !== undefined) {
      this.#target.setDirectory(destination, { ...metadataOf(existing), mtime: source.mtime });
    }
    this.#linked = linkedAmong(leavesBelow(source));
    const top: Level = { source, destination, parent: undefined, isMade: true };
    this.#copyChildren(top, this.#request.selection ?? everything);
    return this.#count;
  }

  #copyChildren(level: Level, selection: Selection): void {
    for (const [name, child] of level.source.children) {
      const entered = selection.enter(name);
      const destination = joinPath(level.destination, name);
      if (child.type === "directory") {
        const below: Level = { source: child, destination, parent: level, isMade: false };
        if (entered.isSelected) this.#make(below);
        if (entered.isSelected || entered.mayHoldSelected) this.#copyChildren(below, entered);
      } else if (entered.isSelected) {
        this.#make(level);
        this.#copyLeaf(child, level.destination, name);
      }
    }
  }

  #make(level: Level): void {
    if (level.isMade) return;
    if (level.parent !== undefined) this.#make(level.parent);
    const existing = this.#target.get(level.destination);
    if (existing !== undefined && existing.type !== "directory") {
      throw obstacle(`cannot copy to non-directory: /${level.destination}`);
    }
    this.#target.setDirectory(level.destination, this.#changed(level.source));
    level.isMade = true;
    this.#count += 1;
  }

  #copyLeaf(source: LeafNode, directory: string, name: string): void {
    const destination = joinPath(directory, name);
    if (this.#target.get(destination)?.type === "directory") {
      throw obstacle(`cannot replace to directory /${destination} with file`);
    }
    let copy = this.#copies.get(source);
    if (copy === undefined) {
      const { mode, uid, gid } = this.#changed(source);
      copy = { ...source, mode, uid, gid };
      if (source.type === "file" && this.#linked.has(source)) this.#copies.set(source, copy);
    }
    this.#target.setChild(directory, name, copy);
    this.#count += 1;
  }

  #changed(source: TreeNode): Metadata {
    const { owner, mode } = this.#request;
    const isDirectory = source.type === "directory";
    const changesMode = mode !== undefined && source.type !== "symlink";
    return {
      ...metadataOf(source),
      ...(owner === undefined ? {} : { uid: owner.uid, gid: owner.gid }),
      ...(changesMode ? { mode: mode.apply(source.mode, isDirectory) } : {}),
    };
  }
}

/** The metadata of a node, without what its type adds. */
export function metadataOf(node: TreeNode): Metadata {
  const { mode, uid, gid, mtime, xattrs } = node;
  return { mode, uid, gid, mtime, ...(xattrs === undefined ? {} : { xattrs }) };
}

function obstacle(message: string): ContextError {
  return new ContextError("CONTEXT_UNREADABLE", message);
}
