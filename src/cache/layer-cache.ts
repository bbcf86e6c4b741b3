import { isBuilderError } from "../errors/builder-error.ts";
import type { Logger } from "../log/logger.ts";
import { createLimit } from "../support/limit.ts";
import { type CacheFaults, openWatched, remembering } from "./cache-faults.ts";
import { type CacheKey, withoutOwners } from "./cache-key.ts";
import {
  type CacheEntry,
  type CacheStore,
  isExpired,
  type Lifetime,
  type NewEntry,
} from "./cache-store.ts";

export interface LayerCacheOptions extends Lifetime {
  /** The nearest first. What is found in one is not looked for in the next; entries are stored in all. */
  readonly stores: readonly CacheStore[];
  /** Whether new layers are stored. */
  readonly isWritten: boolean;
  /**
   * Whether files keep the owners that commands give them. Where not, entries are stored apart, for builds of this
   * kind alone, and others are taken before them.
   */
  readonly keepsOwners: boolean;
  /** What is left alone; what turns out to be of no use is added. */
  readonly faults: CacheFaults;
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
export class LayerCache implements AsyncDisposable {
  readonly #options: LayerCacheOptions;
  readonly #found = new Map<CacheKey, Promise<CacheEntry | undefined>>();
  readonly #lookups = createLimit(maxLookups);
  readonly #storing = createLimit(maxStores);
  readonly #pending: Promise<void>[] = [];
  readonly #stop = new AbortController();
  /** Of lookups, which nobody may want any more while layers are still to be stored. */
  readonly #signal: AbortSignal;

  constructor(options: LayerCacheOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
  }

  /** Whether new layers are stored. */
  get isWritten(): boolean {
    return this.#options.isWritten;
  }

  /** The entry under a key; each key is looked for once. */
  find(key: CacheKey): Promise<CacheEntry | undefined> {
    let found = this.#found.get(key);
    if (found === undefined) {
      found = this.#lookups(() => this.#search(key));
      found.catch(() => undefined);
      this.#found.set(key, found);
    }
    return found;
  }

  /** Begins to store an entry under each of `keys`; `finish` waits for it. */
  put(keys: readonly CacheKey[], entry: NewEntry): Promise<void> {
    const { isWritten, keepsOwners, stores } = this.#options;
    if (!isWritten || keys.length === 0) return Promise.resolve();
    const own = keepsOwners ? keys : keys.map(withoutOwners);
    const stored = this.#storing(async () => {
      for (const store of stores) await this.#put(store, own, entry);
    });
    this.#pending.push(stored);
    return stored;
  }

  /** Waits for what is being stored. */
  async finish(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** Waits for what is being stored, and gives up what is being looked for. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish();
    this.#stop.abort();
    await Promise.allSettled(this.#found.values());
  }

  async #search(key: CacheKey): Promise<CacheEntry | undefined> {
    const foreign = await this.#searchStores(key);
    if (foreign !== undefined || this.#options.keepsOwners) return foreign;
    return this.#searchStores(withoutOwners(key));
  }

  async #searchStores(key: CacheKey): Promise<CacheEntry | undefined> {
    const { faults, stores, log } = this.#options;
    if (faults.keys.has(key)) return undefined;
    for (const store of stores.filter(({ name }) => !faults.stores.has(name))) {
      const entry = await this.#ask(store, key);
      if (entry === undefined) continue;
      if (!isExpired(entry, this.#options)) return this.#guarded(key, entry);
      log.debug("an entry of the cache is too old", { cache: store.name, key });
    }
    return undefined;
  }

  async #ask(store: CacheStore, key: CacheKey): Promise<CacheEntry | undefined> {
    const { log, faults } = this.#options;
    try {
      this.#signal.throwIfAborted();
      return await store.find(key, this.#signal);
    } catch (error) {
      this.#signal.throwIfAborted();
      const reason = reasonOf(error);
      if (isBuilderError(error, "IMAGE_MALFORMED")) {
        faults.keys.add(key);
        log.warn("an entry of the cache cannot be used", { cache: store.name, key, reason });
        // What another store has for it would leave it there, to be warned of each time.
        if (this.isWritten) await store.discard(key).catch(() => undefined);
      } else this.#giveUp(store, reason);
      return undefined;
    }
  }

  async #put(store: CacheStore, keys: readonly CacheKey[], entry: NewEntry): Promise<void> {
    const { log, signal, faults } = this.#options;
    if (faults.stores.has(store.name)) return;
    try {
      await store.put(keys, entry, signal);
      log.debug("stored a layer in the cache", { cache: store.name, keys });
    } catch (error) {
      if (signal.aborted) return;
      this.#giveUp(store, reasonOf(error));
    }
  }

  #giveUp(store: CacheStore, reason: string): void {
    const { faults, log } = this.#options;
    if (faults.stores.has(store.name)) return;
    faults.stores.add(store.name);
    log.warn("the cache cannot be used, and the build goes on without it", {
      cache: store.name,
      reason,
    });
  }

  /** The entry, whose failures are remembered: a build that failed for one starts again without it. */
  #guarded(key: CacheKey, entry: CacheEntry): CacheEntry {
    const remember = remembering(this.#options.faults, key);
    return {
      ...entry,
      open: () => openWatched(entry, remember),
      useListing: (use) => entry.useListing(use).catch(remember),
    };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
