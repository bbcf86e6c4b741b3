import { lstatSync, mkdirSync } from "node:fs";
import path from "node:path";
import { isBuilderError } from "../errors/builder-error.ts";
import { filesystemError } from "../errors/filesystem-error.ts";
import { FileTree } from "../filetree/tree.ts";
import type { Contents } from "../layer/contents.ts";
import { unchangedFiles } from "./compare-files.ts";
import { onDisk } from "./on-disk.ts";
import { removeDirectory } from "./remove-directory.ts";
import {
  type Fingerprints,
  fingerprintsOf,
  type KnownDirectory,
  type ScannedDirectory,
  scanDirectory,
} from "./scan-directory.ts";
import type { FileOwner, StageRoot, StageRootFactory } from "./stage-root.ts";
import { inItsDirectory, type Stand } from "./stand.ts";
import { syncDirectory } from "./sync-directory.ts";

/** What roots of one factory share. */
interface Workshop {
  readonly contents: Pick<Contents, "forEachContent">;
  readonly stand: Stand;
  /** A path of `directory` that is not in use yet. */
  readonly newPath: () => string;
}

/**
 * Roots as ordinary directories, for where nothing can be mounted. What a command did is found by
 * looking at every file. What it wrote stays where it is, as `passing` content.
 *
 * All of it lies in `directory`, which is made here and removed by disposal.
 */
export class PlainRootFactory implements StageRootFactory {
  readonly #directory: string;
  readonly #workshop: Workshop;

  /** Commands see their root where `stand` puts it. */
  constructor(
    directory: string,
    contents: Pick<Contents, "forEachContent">,
    stand: Stand = inItsDirectory,
  ) {
    let count = 0;
    const newPath = (): string => {
      count += 1;
      return path.join(directory, String(count));
    };
    onDisk("make the directory of the stages' roots", () =>
      mkdirSync(directory, { recursive: true }),
    );
    this.#directory = directory;
    this.#workshop = { contents, stand, newPath };
  }

  create(): Promise<StageRoot> {
    return Promise.resolve(new PlainRoot(this.#workshop, new FileTree()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    removeDirectory(this.#directory);
    return Promise.resolve();
  }
}

/** A directory that holds the root's tree. */
interface Written {
  readonly directory: string;
  readonly fingerprints: Fingerprints;
}

class PlainRoot implements StageRoot {
  readonly #workshop: Workshop;
  #tree: FileTree;
  /** Undefined before the first use, and after what was half done. */
  #written: Written | undefined;

  constructor(workshop: Workshop, tree: FileTree) {
    this.#workshop = workshop;
    this.#tree = tree;
  }

  async update(tree: FileTree): Promise<void> {
    await this.#write(tree.fork());
  }

  async change<T>(
    run: (directory: string) => Promise<T>,
    maker?: FileOwner,
  ): Promise<{ result: T; tree: FileTree }> {
    const { directory, fingerprints } = await this.#write(this.#tree);
    const before = this.#tree;
    return this.#orDiscard(directory, async () => {
      const { result, ...traces } = await this.#workshop.stand.use({ directory, before }, run);
      const known = { before, fingerprints, maker, ...traces };
      const scanned = await this.#scan(directory, known);
      this.#tree = scanned.tree;
      this.#written = { directory, fingerprints: scanned.fingerprints };
      return { result, tree: this.#tree.fork() };
    });
  }

  fork(): Promise<StageRoot> {
    return Promise.resolve(new PlainRoot(this.#workshop, this.#tree.fork()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#written !== undefined) removeDirectory(this.#written.directory);
    this.#written = undefined;
    return Promise.resolve();
  }

  async #write(to: FileTree): Promise<Written> {
    const written = this.#standing();
    if (written !== undefined && this.#tree.root === to.root) return written;
    const from = written === undefined ? new FileTree() : this.#tree;
    const directory = written?.directory ?? this.#workshop.newPath();
    return this.#orDiscard(directory, async () => {
      onDisk("make a stage's root", () => mkdirSync(directory, { recursive: true }));
      await syncDirectory(directory, { from, to }, this.#workshop.contents);
      this.#tree = to;
      this.#written = { directory, fingerprints: await fingerprintsOf(directory) };
      return this.#written;
    });
  }

  /** What was written, unless a command of another stage has removed it. */
  #standing(): Written | undefined {
    const written = this.#written;
    if (written === undefined) return undefined;
    const isThere = lstatSync(written.directory, { throwIfNoEntry: false }) !== undefined;
    return isThere ? written : undefined;
  }

  /** What fails halfway leaves nothing that could be relied on. */
  async #orDiscard<T>(directory: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#written = undefined;
      removeDirectory(directory);
      throw error;
    }
  }

  async #scan(directory: string, known: KnownDirectory): Promise<ScannedDirectory> {
    try {
      return await scanDirectory(directory, known, {
        unchanged: (doubtful) => unchangedFiles(doubtful, this.#workshop.contents),
        passing: true,
      });
    } catch (error) {
      if (isBuilderError(error)) throw error;
      throw filesystemError("read what the command changed", error);
    }
  }
}
