import type { FileTree } from "../filetree/tree.ts";

/** Whom a file belongs to. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * A stage's files as a directory on disk, which exists only because a RUN needs it.
 *
 * Used by one step at a time. Everything it makes lies in the build's work directory and is gone
 * after disposal, mounts included.
 */
export interface StageRoot extends AsyncDisposable {
  /**
   * Brings the directory from the state of the last `update` or `change` to that of `tree`. Only
   * what differs is touched, and only then are bytes of layers read.
   *
   * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED
   */
  update(tree: FileTree): Promise<void>;

  /**
   * Calls `run` with the absolute path of the root, complete and writable, and returns the tree as
   * `run` left it. Contents of changed files are `local`, and stay readable until disposal.
   * What `run` mounted must be unmounted, and what it started ended, before it returns.
   * When `run` throws, the changes are dropped and the error is passed on.
   *
   * Where ids cannot be put on disk, what `run` made belongs to `maker`, or else to root.
   */
  change<T>(
    run: (directory: string) => Promise<T>,
    maker?: FileOwner,
  ): Promise<{ result: T; tree: FileTree }>;

  /** A root in the same state, for a stage built FROM this one; independent from now on. */
  fork(): Promise<StageRoot>;
}

/** Makes stage roots of one kind, all in one work directory. */
export interface StageRootFactory extends AsyncDisposable {
  /** An empty root. */
  create(): Promise<StageRoot>;
}
