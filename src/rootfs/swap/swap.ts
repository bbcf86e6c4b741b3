import { type BigIntStats, mkdirSync, renameSync } from "node:fs";
import { fsPath } from "../../filetree/name.ts";
import { joinPath, parentOf } from "../../filetree/tree.ts";
import { fingerprintOf } from "../scan-directory.ts";
import type { StandTraces } from "../stand.ts";
import { giveMetadata, moveEntry, namesIn, statusOf } from "./move.ts";
import { MountWatch, type MovedDirectory } from "./moved-directories.ts";
import type { Staying, StayingEntries } from "./staying.ts";

/** Absolute paths of three directories on one file system. */
export interface SwapDirectories {
  /** Where the image's files shall be: `/`. */
  readonly place: string;
  /** The image's files. */
  readonly image: string;
  /** Where that goes which is in the place but does not stay. */
  readonly aside: string;
}

/** A directory that stays, because something below it does, and holds the image's files as well. */
interface SharedDirectory {
  /** Below the place. */
  readonly path: string;
  readonly entries: StayingEntries;
  /** What it was before. */
  readonly own: BigIntStats;
}

/**
 * Files of an image in another place, by renaming them, which takes the same few milliseconds
 * whatever the image's size. What stays in the place covers what the image has there.
 */
export class Swap {
  readonly #directories: SwapDirectories;
  readonly #shared: SharedDirectory[] = [];
  readonly #hidden: string[] = [];
  /** Fingerprints of what was moved, right after that. */
  readonly #moved = new Map<string, string>();
  /** What the shared directories were when the files of the image had been taken out. */
  readonly #left = new Map<string, BigIntStats>();

  readonly #mounts: MountWatch;
  /** Directories that stay, and that a command had renamed: the image has something else there now. */
  readonly #renamed = new Set<string>();

  private constructor(directories: SwapDirectories) {
    this.#directories = directories;
    this.#mounts = new MountWatch(directories.place);
  }

  /**
   * Swaps in. What goes wrong halfway is taken back.
   *
   * @throws what `node:fs` throws.
   */
  static in(directories: SwapDirectories, staying: StayingEntries): Swap {
    const swap = new Swap(directories);
    try {
      swap.#moveIn("", staying);
    } catch (error) {
      swap.out();
      throw error;
    }
    return swap;
  }

  /**
   * Brings back the files of the image, and everything else that is in the place now, and what was
   * moved aside. Goes on after a failure, as far as it can.
   *
   * @throws the first failure.
   */
  out(): StandTraces {
    const untouched = this.#untouched();
    const failures: unknown[] = [];
    const attempt = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        failures.push(error);
      }
    };
    attempt(() => this.#bringBackRenamed());
    for (const shared of this.#shared) this.#moveOut(shared, attempt);
    // The deepest first, since moving something into a directory changes its time.
    for (const shared of this.#shared.toReversed()) this.#restore(shared, attempt);
    if (failures.length > 0) throw failures[0];
    const hidden = this.#hidden.filter((path) => !this.#wasRenamed(path));
    return { untouched, hidden };
  }

  /** Puts directories back that hold mounts, and gives the image what they hold, by the new name. */
  #bringBackRenamed(): void {
    for (let moved = this.#mounts.moved(); moved !== undefined; moved = this.#mounts.moved()) {
      this.#bringBack(moved);
    }
  }

  #bringBack({ from, to }: MovedDirectory): void {
    const { place, image } = this.#directories;
    const [here, there] = [joinPath(place, to), joinPath(image, to)];
    const [old, oldOfImage] = [joinPath(place, from), joinPath(image, from)];
    mkdirSync(fsPath(joinPath(image, parentOf(to)[0])), { recursive: true });
    // What the image has under the mounts goes along.
    if (statusOf(oldOfImage) !== undefined) renameSync(fsPath(oldOfImage), fsPath(there));
    for (const { path, entries } of this.#shared) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.#renamed.add(path);
      const below = path.slice(from.length);
      const stats = statusOf(here + below);
      for (const name of namesIn(here + below)) {
        if (!entries.has(name)) moveEntry(name, here + below, there + below);
      }
      if (stats !== undefined) giveMetadata(there + below, stats);
    }
    const [parent, name] = parentOf(from);
    // Whatever has taken the old name is the image's.
    if (statusOf(old) !== undefined) {
      moveEntry(name, joinPath(place, parent), joinPath(image, parent));
    }
    mkdirSync(fsPath(joinPath(place, parent)), { recursive: true });
    renameSync(fsPath(here), fsPath(old));
  }

  #wasRenamed(path: string): boolean {
    return [...this.#renamed].some((renamed) => path.startsWith(`${renamed}/`));
  }

  #moveIn(path: string, entries: StayingEntries): void {
    const { place, image, aside } = this.#directories;
    const [here, there] = [joinPath(place, path), joinPath(image, path)];
    const own = statusOf(here);
    if (own === undefined) return;
    this.#shared.push({ path, entries, own });
    for (const name of namesIn(here)) {
      if (entries.has(name)) continue;
      if (!moveEntry(name, here, joinPath(aside, path))) entries.set(name, "whole");
    }
    const ofImage = statusOf(there);
    for (const name of namesIn(there)) this.#moveInEntry(joinPath(path, name), entries.get(name));
    for (const [name, below] of entries) {
      if (below === "whole") continue;
      const inImage = statusOf(joinPath(there, name));
      if (inImage === undefined || inImage.isDirectory()) this.#moveIn(joinPath(path, name), below);
    }
    if (ofImage?.isDirectory() === true) giveMetadata(here, ofImage);
  }

  #moveInEntry(path: string, staying: Staying | undefined): void {
    const { place, image } = this.#directories;
    if (staying === undefined) {
      const [parent, name] = parentOf(path);
      moveEntry(name, joinPath(image, parent), joinPath(place, parent));
      const stats = statusOf(joinPath(place, path));
      if (stats !== undefined) this.#moved.set(path, fingerprintOf(stats));
    } else if (staying === "whole" || statusOf(joinPath(image, path))?.isDirectory() !== true) {
      this.#hidden.push(path);
    }
  }

  #untouched(): ReadonlySet<string> {
    const { place } = this.#directories;
    const same = [...this.#moved].filter(([path, fingerprint]) => {
      const stats = statusOf(joinPath(place, path));
      return stats !== undefined && fingerprintOf(stats) === fingerprint;
    });
    return new Set(same.map(([path]) => path));
  }

  #moveOut({ path, entries }: SharedDirectory, attempt: (action: () => void) => void): void {
    const { place, image } = this.#directories;
    const [here, there] = [joinPath(place, path), joinPath(image, path)];
    const left = statusOf(here);
    // A directory of the pod's alone becomes the image's when a command has put something there.
    if (path === "") attempt(() => mkdirSync(fsPath(image), { recursive: true }));
    for (const name of namesIn(here)) {
      if (!entries.has(name)) attempt(() => void moveEntry(name, here, there));
    }
    if (left !== undefined) this.#left.set(path, left);
  }

  #restore({ path, own }: SharedDirectory, attempt: (action: () => void) => void): void {
    const { place, image, aside } = this.#directories;
    const [here, there, back] = [place, image, aside].map((top) => joinPath(top, path)) as [
      string,
      string,
      string,
    ];
    attempt(() => mkdirSync(fsPath(here), { recursive: true }));
    for (const name of namesIn(back)) {
      if (!this.#isShared(joinPath(path, name))) attempt(() => void moveEntry(name, back, here));
    }
    const left = this.#left.get(path);
    if (left !== undefined && !this.#renamed.has(path)) attempt(() => giveMetadata(there, left));
    attempt(() => giveMetadata(here, own));
  }

  #isShared(path: string): boolean {
    return this.#shared.some((shared) => shared.path === path);
  }
}
