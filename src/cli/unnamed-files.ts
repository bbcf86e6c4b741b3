import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeWorkDirectory, type WorkPlaces } from "./work-directory.ts";

/** Files that are gone when they are closed, however the process ends: they have no name any more. */
export class UnnamedFiles implements Disposable {
  readonly #places: WorkPlaces;
  readonly #descriptors: number[] = [];

  constructor(places: WorkPlaces) {
    this.#places = places;
  }

  /**
   * Opens an empty one for reading and writing, and gives its descriptor.
   *
   * @throws WORK_DIRECTORY_UNWRITABLE, FILESYSTEM_NO_SPACE
   */
  open(): number {
    const directory = makeWorkDirectory(this.#places);
    try {
      const descriptor = openSync(join(directory, "unnamed"), "wx+", 0o600);
      this.#descriptors.push(descriptor);
      return descriptor;
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#descriptors.splice(0)) closeSync(descriptor);
  }
}
