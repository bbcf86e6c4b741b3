import { mkdirSync, rmdirSync } from "node:fs";
import path from "node:path";
import { onDisk } from "./on-disk.ts";
import { mountOverlay } from "./overlay-mount.ts";
import { unmount } from "./posix.ts";
import { removeDirectory } from "./remove-directory.ts";

/** A directory of changes. Once it is complete nothing in it changes any more. */
export interface LayerDirectory {
  readonly path: string;
  /** How many roots still need it. */
  users: number;
}

/** The directories that the overlays of one factory are made of, all in one directory. */
export class LayerDirectories {
  readonly #parent: string;
  #count = 0;

  constructor(parent: string) {
    this.#parent = parent;
  }

  /** A new, empty directory that is used once. */
  create(): LayerDirectory {
    this.#count += 1;
    const layer = { path: path.join(this.#parent, this.#count.toString(36)), users: 1 };
    onDisk("make a directory for a stage's root", () => mkdirSync(layer.path, { recursive: true }));
    return layer;
  }

  /** Says that one root less needs `layer`; after the last one it is removed. */
  release(layer: LayerDirectory): void {
    layer.users -= 1;
    if (layer.users === 0) removeDirectory(layer.path);
  }

  /** Calls `use` with a directory that shows `upper` on top of `chain`, uppermost first. */
  async overlay<T>(
    upper: LayerDirectory,
    chain: readonly LayerDirectory[],
    use: (directory: string) => Promise<T>,
  ): Promise<T> {
    const work = `${upper.path}.work`;
    const target = `${upper.path}.root`;
    onDisk("make a directory for a stage's root", () => {
      mkdirSync(work);
      mkdirSync(target);
    });
    try {
      mountOverlay({
        parent: this.#parent,
        lowers: chain.map((layer) => path.basename(layer.path)),
        upper: path.basename(upper.path),
        work: path.basename(work),
        target: path.basename(target),
      });
      try {
        return await use(target);
      } finally {
        unmount(target);
      }
    } finally {
      removeDirectory(work);
      rmdirSync(target);
    }
  }

  /** Removes all of them. */
  removeAll(): void {
    removeDirectory(this.#parent);
  }
}
