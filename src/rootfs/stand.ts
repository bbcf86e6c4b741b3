import type { FileTree } from "../filetree/tree.ts";

/** A directory, and the tree that it holds. */
export interface StandingRoot {
  /** Absolute. */
  readonly directory: string;
  readonly before: FileTree;
}

/** What putting a root up and taking it down has done to the files of its directory. */
export interface StandTraces {
  /** Paths below the directory that look as if something had been done to them, but are as before. */
  readonly untouched: ReadonlySet<string>;
  /** Paths below the directory that a command could not see, with all below them. */
  readonly hidden: readonly string[];
}

/** Where commands find a root that is a plain directory. */
export interface Stand {
  /**
   * Calls `run` with the absolute path where the files of the directory are then, and brings them
   * back, whatever happens. One root waits for another where they need the same place.
   *
   * @throws FILESYSTEM_FAILED, and what `run` throws.
   */
  use<T>(
    root: StandingRoot,
    run: (directory: string) => Promise<T>,
  ): Promise<StandTraces & { readonly result: T }>;
}

/** Leaves each root where it is. */
export const inItsDirectory: Stand = {
  use: async ({ directory }, run) => ({
    result: await run(directory),
    untouched: new Set(),
    hidden: [],
  }),
};
