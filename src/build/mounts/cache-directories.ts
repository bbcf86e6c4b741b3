import type { CacheMount } from "../../dockerfile/instructions/mount.ts";
import type { TreeNode } from "../../filetree/node.ts";

/** What a command asks of a cache. */
export interface CacheRequest {
  /** Commands with the same key mean the same cache. */
  readonly key: string;
  /** How people call it. */
  readonly name: string;
  readonly sharing: CacheMount["sharing"];
  /** What a new directory of this cache holds. */
  readonly seed: TreeNode;
  /** Makes a new directory where it has to be made otherwise than by `writeNode`, whose promises it keeps. */
  readonly fill?: (directory: string) => Promise<string>;
}

/** A directory of a cache, lent to one command until it is disposed. */
export interface CacheLease extends Disposable {
  /** Absolute. A file, where the seed is one. */
  readonly path: string;
  /** Says that the command has succeeded: what it has left there may be stored. */
  succeeded?(): void;
}

/**
 * The directories of cache mounts, each of which keeps what commands leave in it.
 *
 * A cache is a pool of directories, so that commands at the same time need not wait: `shared` joins
 * others that share, and `private` has one to itself; both are given a new directory where all are
 * taken. `locked` has one to itself too, but waits for it (BuildKit's meaning of the words).
 */
export interface CacheDirectories {
  /**
   * Lends a directory. Whoever needs several asks for them in the order of their keys, so that no
   * two commands wait for each other.
   *
   * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, and what reading the seed throws.
   * @throws AbortError when `signal` is aborted while waiting.
   */
  acquire(request: CacheRequest, signal: AbortSignal): Promise<CacheLease>;
  /**
   * Lends a directory that it has lent before, to be looked at when no command of this build has it any more.
   * Undefined where another build has it.
   *
   * @throws FILESYSTEM_FAILED; AbortError when `signal` is aborted while waiting.
   */
  reopen(path: string, signal: AbortSignal): Promise<Disposable | undefined>;
}
