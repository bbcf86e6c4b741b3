import { randomUUID } from "node:crypto";
import { link, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isBuilderError } from "../errors/builder-error.ts";
import { errnoOf, filesystemError } from "../errors/filesystem-error.ts";
import { hexOf } from "../image/digest.ts";
import { OciLayout } from "../output/oci-layout.ts";
import { LayoutSource } from "../registry/oci-layout-source.ts";
import { readCacheImage, toCacheImage } from "./cache-image.ts";
import type { CacheKey } from "./cache-key.ts";
import type { CacheEntry, CacheStore, NewEntry } from "./cache-store.ts";

const doing = "store a layer in the cache";

/**
 * A directory that has each entry as an OCI layout of its own, called like the key, as kaniko's `oci:DIR` has.
 * Entries come and go by one rename, so that builds at the same time need not wait for each other.
 */
export class LayoutStore implements CacheStore {
  readonly name: string;
  readonly #directory: string;
  readonly #now: () => number;

  /** `directory` is absolute, and made on demand; `now` gives milliseconds since 1970. */
  constructor(directory: string, now: () => number) {
    this.name = directory;
    this.#directory = directory;
    this.#now = now;
  }

  async find(key: CacheKey): Promise<CacheEntry | undefined> {
    const source = new LayoutSource({ layout: { directory: join(this.#directory, key) } });
    try {
      return await readCacheImage(source);
    } catch (error) {
      if (isBuilderError(error, "CONTEXT_NOT_FOUND")) return undefined;
      throw error;
    }
  }

  async put(keys: readonly CacheKey[], entry: NewEntry, signal: AbortSignal): Promise<void> {
    const { manifest, config } = toCacheImage(entry, "oci", this.#now());
    const layers = [entry.layer, entry.listing];
    let paths = layers.map(({ path }) => path);
    for (const key of keys) {
      const partial = join(this.#directory, `.${randomUUID()}.partial`);
      const blobs = join(partial, "blobs", "sha256");
      const own = layers.map(({ descriptor }) => join(blobs, hexOf(descriptor.digest)));
      try {
        await onDisk(() => mkdir(blobs, { recursive: true }));
        for (const [index, path] of own.entries()) await linkIfPossible(paths[index] ?? "", path);
        const layout = new OciLayout({ directory: partial, names: [], signal });
        await layout.publish({ manifest, config, layers });
        await onDisk(() => replace(partial, join(this.#directory, key)));
      } finally {
        await rm(partial, { recursive: true, force: true });
      }
      paths = own.map((path) => path.replace(partial, join(this.#directory, key)));
    }
  }
}

/** Where it is not possible, for it is another disk or the file is gone, the bytes are copied later. */
async function linkIfPossible(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => undefined);
}

/** Puts a directory in the place of another one. */
async function replace(from: string, to: string): Promise<void> {
  const former = join(to, "..", `.${randomUUID()}.former`);
  try {
    await rename(to, former);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
  try {
    await rename(from, to);
  } catch (error) {
    // Another build was faster, and what it has stored is as good.
    if (!["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) throw error;
  } finally {
    await rm(former, { recursive: true, force: true });
  }
}

async function onDisk<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw filesystemError(doing, error);
  }
}
