import { ownName } from "./name.ts";
import type { DirectoryNode, FileTime, LeafNode, Metadata, TreeNode } from "./node.ts";

/** A directory that belongs to one tree's current session and may be changed by it. */
class OwnedDirectory implements DirectoryNode {
  readonly type = "directory";
  mode: number;
  uid: number;
  gid: number;
  mtime: FileTime;
  declare xattrs?: NonNullable<Metadata["xattrs"]>;
  readonly children: Map<string, TreeNode>;
  readonly owner: object;

  constructor(metadata: Metadata, children: Iterable<[string, TreeNode]>, owner: object) {
    this.mode = metadata.mode;
    this.uid = metadata.uid;
    this.gid = metadata.gid;
    this.mtime = metadata.mtime;
    if (metadata.xattrs !== undefined) this.xattrs = metadata.xattrs;
    this.children = new Map(children);
    this.owner = owner;
  }
}

/** Metadata of a directory that nothing says anything about: octal 755, root's, 1970. */
export const defaultDirectory: Metadata = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
};

/**
 * A whole file system in memory: names, metadata, and where each file's bytes are, never the bytes.
 *
 * `fork()` is O(1): both trees share their directories until one of them writes, then only the
 * directories on the way to the change are copied. Sharing makes comparison cheap too: a subtree
 * that is the same object in two trees is equal.
 *
 * Paths are relative to the root, without leading slash, `.` or `..`; the empty string is the root.
 * Methods here never follow symbolic links: `resolve.ts` does that.
 */
export class FileTree {
  #root: OwnedDirectory;
  #session: object = {};

  constructor(root?: DirectoryNode) {
    this.#root = new OwnedDirectory(root ?? defaultDirectory, root?.children ?? [], this.#session);
  }

  get root(): DirectoryNode {
    return this.#root;
  }

  /** An equal tree that can be changed without changing this one, and the other way round. */
  fork(): FileTree {
    const copy = new FileTree();
    copy.#root = this.#root;
    copy.#session = {};
    this.#session = {};
    return copy;
  }

  /** The node at `path`, or undefined where there is none or a part of the way is no directory. */
  get(path: string): TreeNode | undefined {
    let node: TreeNode = this.#root;
    for (const name of splitPath(path)) {
      if (node.type !== "directory") return undefined;
      const child: TreeNode | undefined = node.children.get(name);
      if (child === undefined) return undefined;
      node = child;
    }
    return node;
  }

  /**
   * Puts `leaf` at `path`, in place of whatever is there. Directories missing on the way are made
   * like `defaultDirectory`; leaves in the way are replaced.
   */
  setLeaf(path: string, leaf: LeafNode): void {
    const [directory, name] = parentOf(path);
    this.setChild(directory, ownName(name), leaf);
  }

  /** The same, by the directory's path and the name in there; that very string is kept. */
  setChild(directory: string, name: string, leaf: LeafNode): void {
    if (name === "") throw new TypeError("the root cannot be replaced");
    this.#own(splitPath(directory)).children.set(name, leaf);
  }

  /**
   * Makes `path` a directory with this metadata. One that is there keeps its children; anything
   * else there is replaced.
   */
  setDirectory(path: string, metadata: Metadata): void {
    const directory = this.#own(splitPath(path));
    directory.mode = metadata.mode;
    directory.uid = metadata.uid;
    directory.gid = metadata.gid;
    directory.mtime = metadata.mtime;
    if (metadata.xattrs === undefined) delete directory.xattrs;
    else directory.xattrs = metadata.xattrs;
  }

  /** Removes what is at `path`, with everything below it. The root is emptied. */
  remove(path: string): void {
    if (path === "") {
      this.#root = new OwnedDirectory(this.#root, [], this.#session);
      return;
    }
    const node = this.get(path);
    if (node === undefined) return;
    const [directory, name] = parentOf(path);
    this.#own(splitPath(directory)).children.delete(name);
  }

  /** Removes all children of the directory at `path`, if it is one. */
  clear(path: string): void {
    if (this.get(path)?.type !== "directory") return;
    this.#own(splitPath(path)).children.clear();
  }

  #own(names: readonly string[]): OwnedDirectory {
    if (this.#root.owner !== this.#session) {
      this.#root = new OwnedDirectory(this.#root, this.#root.children, this.#session);
    }
    let directory = this.#root;
    for (const name of names) {
      const child = directory.children.get(name);
      if (child instanceof OwnedDirectory && child.owner === this.#session) {
        directory = child;
        continue;
      }
      const own =
        child?.type === "directory"
          ? new OwnedDirectory(child, child.children, this.#session)
          : new OwnedDirectory(defaultDirectory, [], this.#session);
      directory.children.set(ownName(name), own);
      directory = own;
    }
    return directory;
  }
}

/** The names on the way from the root to `path`. */
export function splitPath(path: string): string[] {
  return path === "" ? [] : path.split("/");
}

/** `name` below the directory `path`. */
export function joinPath(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}

/** The directory that holds `path`, and its name in there. The root's is `["", ""]`. */
export function parentOf(path: string): [directory: string, name: string] {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? ["", path] : [path.slice(0, slash), path.slice(slash + 1)];
}
