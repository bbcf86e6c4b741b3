import { constants, copyFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { isBuilderError } from "../errors/builder-error.ts";
import { filesystemError } from "../errors/filesystem-error.ts";
import { fsPath } from "../filetree/name.ts";
import { FileTree } from "../filetree/tree.ts";
import type { Contents } from "../layer/contents.ts";
import { holdsBytes } from "./compare-files.ts";
import { onDisk } from "./on-disk.ts";
import { removeDirectory } from "./remove-directory.ts";
import {
  type Fingerprints,
  fingerprintsOf,
  type KnownDirectory,
  scanDirectory,
} from "./scan-directory.ts";
import type { FileOwner, StageRoot, StageRootFactory } from "./stage-root.ts";
import { syncDirectory } from "./sync-directory.ts";
import type { DoubtfulFile } from "./tree-scan.ts";

/** What roots of one factory share. */
interface Workshop {
  readonly contents: Pick<Contents, "forEachContent">;
  /** A path of `directory` that is not in use yet. */
  readonly newPath: () => string;
}

/**
 * Roots as ordinary directories, for where nothing can be mounted. What a command did is found by
 * looking at every file, and what it wrote is copied, since the next command may write it again.
 *
 * All of it lies in `directory`, which is made here and removed by disposal.
 */
export class PlainRootFactory implements StageRootFactory {
  readonly #directory: string;
  readonly #workshop: Workshop;

  constructor(directory: string, contents: Pick<Contents, "forEachContent">) {
    let count = 0;
    const newPath = (): string => {
      count += 1;
      return path.join(directory, String(count));
    };
    onDisk("make the directory of the stages' roots", () =>
      mkdirSync(directory, { recursive: true }),
    );
    this.#directory = directory;
    this.#workshop = { contents, newPath };
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
    const written = this.#written ?? (await this.#write(this.#tree));
    const before = this.#tree;
    const { directory } = written;
    return this.#orDiscard(directory, async () => {
      const result = await run(directory);
      this.#tree = await this.#scan({ before, maker, ...written });
      this.#written = { directory, fingerprints: await fingerprintsOf(directory) };
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
    const from = this.#written === undefined ? new FileTree() : this.#tree;
    const directory = this.#written?.directory ?? this.#workshop.newPath();
    return this.#orDiscard(directory, async () => {
      onDisk("make a stage's root", () => mkdirSync(directory, { recursive: true }));
      await syncDirectory(directory, { from, to }, this.#workshop.contents);
      this.#tree = to;
      this.#written = { directory, fingerprints: await fingerprintsOf(directory) };
      return this.#written;
    });
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

  async #scan({ directory, ...known }: Written & KnownDirectory): Promise<FileTree> {
    try {
      return await scanDirectory(directory, known, {
        unchanged: (doubtful) => this.#unchanged(doubtful),
        keep: (file) => this.#keep(file),
      });
    } catch (error) {
      if (isBuilderError(error)) throw error;
      throw filesystemError("read what the command changed", error);
    }
  }

  async #unchanged(doubtful: readonly DoubtfulFile[]): Promise<ReadonlySet<DoubtfulFile>> {
    const byNode = new Map(doubtful.map((doubt) => [doubt.before, doubt]));
    const same = new Set<DoubtfulFile>();
    await this.#workshop.contents.forEachContent(byNode.keys(), async (node, body) => {
      const doubt = byNode.get(node);
      if (doubt !== undefined && (await holdsBytes(doubt.file, body))) same.add(doubt);
    });
    return same;
  }

  #keep(file: string): string {
    const copy = this.#workshop.newPath();
    copyFileSync(fsPath(file), copy, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    return copy;
  }
}
