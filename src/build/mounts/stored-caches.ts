import { isBuilderError } from "../../errors/builder-error.ts";
import { FileDigests } from "../../layer/file-digests.ts";
import type { CacheDirectories, CacheLease, CacheRequest } from "./cache-directories.ts";
import { type LastingKeys, lastingKey } from "./lasting-key.ts";
import type { FilledDirectory } from "./read-directory.ts";
import { type CacheStorage, StoredCache } from "./stored-cache.ts";

export interface StoredCachesOptions extends Omit<CacheStorage, "giveUp"> {
  /** Where the directories are. */
  readonly directories: CacheDirectories;
  /** Whether files keep the owners that commands give them. */
  readonly keepsOwners: boolean;
  /** Whether what commands leave is stored. */
  readonly isWritten: boolean;
}

/** The directory of a cache that is to be stored, for a command has succeeded in it. */
interface UsedDirectory {
  readonly path: string;
  /** Absent where another build has filled it. */
  readonly filled: FilledDirectory | undefined;
}

/**
 * Caches that are stored as images: a new directory holds what is stored, and `store` stores what commands have
 * left. A cache that is no directory is not stored. No failure here is one of the build.
 */
export class StoredCaches implements CacheDirectories {
  readonly #options: StoredCachesOptions;
  readonly #storage: CacheStorage;
  readonly #keys: LastingKeys;
  readonly #caches = new Map<string, StoredCache>();
  readonly #filled = new Map<string, FilledDirectory>();
  readonly #used = new Map<StoredCache, UsedDirectory>();
  #isGivenUp = false;

  constructor(options: StoredCachesOptions) {
    this.#options = options;
    this.#storage = { ...options, giveUp: (reason) => this.#giveUp(reason) };
    const { contents, keepsOwners } = options;
    this.#keys = { digests: new FileDigests(contents), keepsOwners };
  }

  async acquire(request: CacheRequest, signal: AbortSignal): Promise<CacheLease> {
    const { directories } = this.#options;
    if (request.seed.type !== "directory" || this.#isGivenUp) {
      return directories.acquire(request, signal);
    }
    const cache = await this.#cacheOf(request);
    let filled: FilledDirectory | undefined;
    const fill = async (directory: string): Promise<string> => {
      filled = await cache.fill(directory);
      return directory;
    };
    const lease = await directories.acquire({ ...request, fill }, signal);
    const { path } = lease;
    if (filled !== undefined) this.#filled.set(path, filled);
    return {
      path,
      succeeded: () => {
        if (!this.#used.has(cache)) this.#used.set(cache, { path, filled: this.#filled.get(path) });
      },
      [Symbol.dispose]: () => lease[Symbol.dispose](),
    };
  }

  reopen(path: string, signal: AbortSignal): Promise<Disposable | undefined> {
    return this.#options.directories.reopen(path, signal);
  }

  /** Stores the caches that commands have succeeded with; to be called when none is running any more. */
  async store(): Promise<void> {
    const { isWritten, signal } = this.#options;
    if (!isWritten) return;
    for (const [cache, used] of this.#used) {
      if (this.#isGivenUp || signal.aborted) return;
      try {
        await this.#store(cache, used);
      } catch (error) {
        if (signal.aborted) return;
        if (!isBuilderError(error)) throw error;
        this.#giveUp(error.message);
      }
    }
  }

  async #store(cache: StoredCache, { path, filled }: UsedDirectory): Promise<void> {
    const { directories, signal } = this.#options;
    let image: Awaited<ReturnType<StoredCache["pack"]>>;
    {
      using alone = await directories.reopen(path, signal);
      // Another build has it, and stores it when it ends.
      if (alone === undefined) return;
      image = await cache.pack(path, filled);
    }
    if (image !== undefined) await cache.store(image);
  }

  async #cacheOf(request: CacheRequest): Promise<StoredCache> {
    const { name: title, seed } = request;
    const lasting = await lastingKey(request, this.#keys);
    const known = this.#caches.get(lasting);
    if (known !== undefined) return known;
    const cache = new StoredCache({ name: imageName(title, lasting), title, seed }, this.#storage);
    this.#caches.set(lasting, cache);
    return cache;
  }

  #giveUp(reason: string): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    const { log, images } = this.#options;
    log.warn("cache mounts are neither restored nor stored", { cache: images.name, reason });
  }
}

const longestTitle = 60;
const keyDigits = 32;

/** A tag that tells people what it is, and is another one for each cache. */
function imageName(title: string, key: string): string {
  const readable = title.replaceAll(/[^\w.-]+/g, "-").replaceAll(/^-+|-+$/g, "");
  return `mount-${readable.slice(0, longestTitle)}-${key.slice(0, keyDigits)}`;
}
