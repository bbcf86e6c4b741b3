import { stat } from "node:fs/promises";
import { join } from "node:path";
import { LayoutSource } from "../registry/oci-layout-source.ts";
import { type CachePlace, isLeft, type KeptEntry, type PlaceContent } from "./cache-place.ts";
import { directorySize } from "./directory-size.ts";
import { type NamedImage, readKeyedImages } from "./keyed-images.ts";
import { namesIn, removeAside } from "./remove-aside.ts";

/** What `LayoutImages` calls what is half made, or half gone. */
const halfForm = /^\.[0-9a-f-]{36}\.(?:partial|former)$/;

/** A directory that builds keep layers of steps in (`LayoutImages`). */
export class LayoutsPlace implements CachePlace {
  readonly name: string;
  readonly #directory: string;
  readonly #now: () => number;

  /** `directory` is absolute; `now` gives milliseconds since 1970. */
  constructor(directory: string, now: () => number) {
    this.name = directory;
    this.#directory = directory;
    this.#now = now;
  }

  async list(): Promise<PlaceContent> {
    const names = await namesIn(this.#directory);
    const half = names.filter((name) => halfForm.test(name));
    const { images, foreign } = await readKeyedImages(
      names.filter((name) => !halfForm.test(name)),
      (name) => new LayoutSource({ layout: { directory: join(this.#directory, name) } }),
    );
    const leftovers = await Promise.all(half.map((name) => this.#leftoverOf(name)));
    return {
      entries: [...images.map((image) => this.#entryOf(image)), ...leftovers.flat()],
      foreign,
    };
  }

  #entryOf({ facts, names }: NamedImage): KeptEntry {
    const { bytes, createdBy, storedMs } = facts;
    return {
      names,
      bytes,
      timeMs: storedMs,
      description: createdBy,
      isLeftover: false,
      remove: async () => {
        for (const name of names) await removeAside(join(this.#directory, name));
        return true;
      },
    };
  }

  async #leftoverOf(name: string): Promise<KeptEntry[]> {
    const path = join(this.#directory, name);
    const timeMs = (await stat(path).catch(() => undefined))?.mtimeMs;
    if (timeMs === undefined || !isLeft(timeMs, this.#now())) return [];
    return [
      {
        names: [name],
        bytes: await directorySize(path),
        timeMs,
        description: "left by a build that was cut off",
        isLeftover: true,
        remove: async () => {
          await removeAside(path);
          return true;
        },
      },
    ];
  }
}
