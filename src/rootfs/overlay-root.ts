import { FileTree } from "../filetree/tree.ts";
import type { Contents } from "../layer/contents.ts";
import { writeMetadata } from "./disk-metadata.ts";
import { LayerDirectories, type LayerDirectory } from "./layer-directories.ts";
import { onDisk } from "./on-disk.ts";
import { maximalLowers, overlayMarks } from "./overlay-mount.ts";
import { ownerIds } from "./owner-ids.ts";
import { scanUpper } from "./scan-upper.ts";
import type { FileOwner, StageRoot, StageRootFactory } from "./stage-root.ts";
import { syncDirectory } from "./sync-directory.ts";
import { differenceBetween } from "./tree-difference.ts";

/** What roots of one factory share. */
interface Workshop {
  readonly directories: LayerDirectories;
  readonly contents: Pick<Contents, "forEachContent">;
}

/**
 * Roots as chains of directories that overlayfs shows as one. Each change goes into a directory of
 * its own, so what a command did is known by looking at that directory alone, and a stage shares
 * the directories of the stage that it is built from.
 *
 * All of it lies in `directory`, which is made on demand and removed by disposal. Needs the
 * privilege to mount; `probeOverlay` tells whether it is there.
 */
export class OverlayRootFactory implements StageRootFactory {
  readonly #workshop: Workshop;

  constructor(directory: string, contents: Pick<Contents, "forEachContent">) {
    this.#workshop = { directories: new LayerDirectories(directory), contents };
  }

  create(): Promise<StageRoot> {
    const nothing = { tree: new FileTree(), chain: [] };
    return Promise.resolve(new OverlayRoot(this.#workshop, nothing, []));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#workshop.directories.removeAll();
    return Promise.resolve();
  }
}

interface RootState {
  readonly tree: FileTree;
  /** Uppermost first. Empty only before anything was written. */
  readonly chain: readonly LayerDirectory[];
}

class OverlayRoot implements StageRoot {
  readonly #directories: LayerDirectories;
  readonly #workshop: Workshop;
  #state: RootState;
  /** All directories that this root ever used: contents in its trees may be in any of them. */
  readonly #held: Set<LayerDirectory>;

  constructor(workshop: Workshop, state: RootState, held: Iterable<LayerDirectory>) {
    this.#directories = workshop.directories;
    this.#workshop = workshop;
    this.#state = state;
    this.#held = new Set(held);
  }

  async update(tree: FileTree): Promise<void> {
    const to = tree.fork();
    const { tree: from, chain } = this.#state;
    if (this.#mustWriteWhole()) return this.#writeWhole(to);
    if (differenceBetween(from, to).finish.length === 0) {
      this.#state = { tree: to, chain };
      return;
    }
    await this.#withNewLayer(async (upper) => {
      await this.#directories.overlay(upper, chain, (directory) =>
        syncDirectory(directory, { from, to }, this.#workshop.contents),
      );
      this.#push(upper, to);
    });
  }

  async change<T>(
    run: (directory: string) => Promise<T>,
    maker?: FileOwner,
  ): Promise<{ result: T; tree: FileTree }> {
    const { tree: before } = this.#state;
    if (this.#mustWriteWhole()) await this.#writeWhole(before);
    const { chain } = this.#state;
    const result = await this.#withNewLayer(async (upper) => {
      const value = await this.#directories.overlay(upper, chain, run);
      const lowers = chain.map((layer) => layer.path);
      const tree = await scanUpper(upper.path, { before, lowers, maker, marks: overlayMarks() });
      if (tree.root !== before.root) this.#push(upper, tree);
      return value;
    });
    return { result, tree: this.#state.tree.fork() };
  }

  fork(): Promise<StageRoot> {
    const { tree, chain } = this.#state;
    for (const layer of this.#held) layer.users += 1;
    const state = { tree: tree.fork(), chain };
    return Promise.resolve(new OverlayRoot(this.#workshop, state, this.#held));
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const layer of this.#held) this.#directories.release(layer);
    this.#held.clear();
    return Promise.resolve();
  }

  #mustWriteWhole(): boolean {
    const { length } = this.#state.chain;
    return length === 0 || length >= maximalLowers;
  }

  /** Writes all of `to` into one directory, which then is the whole chain. */
  async #writeWhole(to: FileTree): Promise<void> {
    const layer = this.#directories.create();
    try {
      const change = { from: new FileTree(), to };
      await syncDirectory(layer.path, change, this.#workshop.contents);
    } catch (error) {
      this.#directories.release(layer);
      throw error;
    }
    this.#held.add(layer);
    this.#state = { tree: to, chain: [layer] };
  }

  #push(upper: LayerDirectory, tree: FileTree): void {
    this.#held.add(upper);
    this.#state = { tree, chain: [upper, ...this.#state.chain] };
  }

  /** Gives `fill` a new directory, which is removed again unless `fill` pushed it. */
  async #withNewLayer<T>(fill: (upper: LayerDirectory) => Promise<T>): Promise<T> {
    const upper = this.#directories.create();
    try {
      // The upper directory itself is what the overlay shows as its root.
      const { root } = this.#state.tree;
      onDisk("write the stage's root", () => writeMetadata(upper.path, root, ownerIds()));
      return await fill(upper);
    } finally {
      if (!this.#held.has(upper)) this.#directories.release(upper);
    }
  }
}
