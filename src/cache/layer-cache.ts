import { Readable } from "node:stream";
import { isBuilderError } from "../errors/builder-error.ts";
import type { Logger } from "../log/logger.ts";
import { createLimit } from "../support/limit.ts";
import type { CacheKey } from "./cache-key.ts";
import type { CacheEntry, CacheStore, NewEntry } from "./cache-store.ts";

export interface LayerCacheOptions {
  /** The nearest first. What is found in one is not looked for in the next; entries are stored in all. */
  readonly stores: readonly CacheStore[];
  /** How long an entry is good, in milliseconds. */
  readonly ttlMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether new layers are stored. */
  readonly isWritten: boolean;
  /** Keys whose entries have turned out to be broken: they are not found. */
  readonly broken: Set<CacheKey>;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Questions, and entries on their way, at a time. */
const maxLookups = 16;
const maxStores = 3;

/**
 * The layers of steps that earlier builds have made. It never fails: what cannot be asked, read or stored is
 * one warning, and the step is done again.
 */
export class LayerCache {
  readonly #options: LayerCacheOptions;
  readonly #found = new Map<CacheKey, Promise<CacheEntry | undefined>>();
  readonly #lookups = createLimit(maxLookups);
  readonly #storing = createLimit(maxStores);
  readonly #pending: Promise<void>[] = [];
  /** Stores that have failed as a whole are left alone. */
  readonly #givenUp = new Set<CacheStore>();

  constructor(options: LayerCacheOptions) {
    this.#options = options;
  }

  /** The entry under a key; each key is looked for once. */
  find(key: CacheKey): Promise<CacheEntry | undefined> {
    let found = this.#found.get(key);
    if (found === undefined) {
      found = this.#lookups(() => this.#search(key));
      this.#found.set(key, found);
    }
    return found;
  }

  /** Begins to store an entry under each of `keys`; `finish` waits for it. */
  put(keys: readonly CacheKey[], entry: NewEntry): Promise<void> {
    const { isWritten, stores } = this.#options;
    if (!isWritten || keys.length === 0) return Promise.resolve();
    const stored = this.#storing(async () => {
      for (const store of stores) await this.#put(store, keys, entry);
    });
    this.#pending.push(stored);
    return stored;
  }

  /** Waits for what is being stored. */
  async finish(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #search(key: CacheKey): Promise<CacheEntry | undefined> {
    const { broken, stores, ttlMs, now, log } = this.#options;
    if (broken.has(key)) return undefined;
    for (const store of stores.filter((one) => !this.#givenUp.has(one))) {
      const entry = await this.#ask(store, key);
      if (entry === undefined) continue;
      if (now() - entry.storedMs < ttlMs) return this.#guarded(key, entry);
      log.debug("an entry of the cache is too old", { cache: store.name, key });
    }
    return undefined;
  }

  async #ask(store: CacheStore, key: CacheKey): Promise<CacheEntry | undefined> {
    const { log, signal } = this.#options;
    try {
      return await store.find(key, signal);
    } catch (error) {
      signal.throwIfAborted();
      const reason = reasonOf(error);
      if (isBuilderError(error, "IMAGE_MALFORMED")) {
        log.warn("an entry of the cache cannot be used", { cache: store.name, key, reason });
      } else this.#giveUp(store, reason);
      return undefined;
    }
  }

  async #put(store: CacheStore, keys: readonly CacheKey[], entry: NewEntry): Promise<void> {
    const { log, signal } = this.#options;
    if (this.#givenUp.has(store)) return;
    try {
      await store.put(keys, entry, signal);
      log.debug("stored a layer in the cache", { cache: store.name, keys });
    } catch (error) {
      if (signal.aborted) return;
      this.#giveUp(store, reasonOf(error));
    }
  }

  #giveUp(store: CacheStore, reason: string): void {
    if (this.#givenUp.has(store)) return;
    this.#givenUp.add(store);
    this.#options.log.warn("the cache cannot be used, and the build goes on without it", {
      cache: store.name,
      reason,
    });
  }

  /** The entry, whose failures are remembered: a build that failed for one starts again without it. */
  #guarded(key: CacheKey, entry: CacheEntry): CacheEntry {
    const remember = (error: unknown): never => {
      if (isBuilderError(error)) this.#options.broken.add(key);
      throw error;
    };
    return {
      ...entry,
      open: async () => {
        const stream = await entry.open().catch(remember);
        return Readable.from(watched(stream, remember), { objectMode: false });
      },
      readListing: () => entry.readListing().catch(remember),
    };
  }
}

async function* watched(
  stream: Readable,
  remember: (error: unknown) => never,
): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    remember(error);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
