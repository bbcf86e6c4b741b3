import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { filesystemError } from "../errors/filesystem-error.ts";
import { blobsDirectory } from "../registry/kept-blobs.ts";
import { type CachePlace, isLeft, type KeptEntry, type PlaceContent } from "./cache-place.ts";
import { namesIn } from "./remove-aside.ts";

const blobForm = /^[0-9a-f]{64}$/;
/** What a blob is called while it is written. */
const halfForm = /^[0-9a-f]{64}\.[0-9a-f-]{36}\.partial$/;

/** The blobs that builds keep in a `--cache-dir` (`keepBlobs`). */
export class BlobsPlace implements CachePlace {
  readonly name: string;
  readonly #directory: string;
  readonly #now: () => number;

  /** `directory` is that of the flag, absolute; `now` gives milliseconds since 1970. */
  constructor(directory: string, now: () => number) {
    this.#directory = blobsDirectory(directory);
    this.name = this.#directory;
    this.#now = now;
  }

  async list(): Promise<PlaceContent> {
    const names = await namesIn(this.#directory);
    const entries = await Promise.all(
      names
        .filter((name) => blobForm.test(name) || halfForm.test(name))
        .map((name) => this.#entryOf(name)),
    );
    return {
      entries: entries.flat(),
      foreign: names.filter((name) => !blobForm.test(name) && !halfForm.test(name)),
    };
  }

  async #entryOf(name: string): Promise<KeptEntry[]> {
    const path = join(this.#directory, name);
    const status = await stat(path).catch(() => undefined);
    if (status === undefined) return [];
    const isLeftover = halfForm.test(name);
    // Builds set the times of what they use, where they may; whoever mounts with access times says more.
    const timeMs = Math.max(status.mtimeMs, status.atimeMs);
    if (isLeftover && !isLeft(timeMs, this.#now())) return [];
    return [
      {
        names: [name],
        bytes: status.size,
        timeMs,
        description: isLeftover ? "left by a build that was cut off" : "a blob of an image",
        isLeftover,
        remove: () => removeFile(path),
      },
    ];
  }
}

async function removeFile(path: string): Promise<true> {
  try {
    await rm(path, { force: true });
    return true;
  } catch (error) {
    throw filesystemError("remove an entry of the cache", error);
  }
}
