import { isBuilderError } from "../errors/builder-error.ts";
import type { ImageFormat } from "../image/image-format.ts";
import type { Repository } from "../image/reference.ts";
import type { Logger } from "../log/logger.ts";
import { ImmutableTagError } from "../registry/answer-failure.ts";
import type { ImageSource } from "../registry/read-image.ts";
import { readCacheImage, toCacheImage } from "./cache-image.ts";
import type { CacheKey } from "./cache-key.ts";
import {
  type CacheEntry,
  type CacheStore,
  isExpired,
  type Lifetime,
  type NewEntry,
} from "./cache-store.ts";
import { type KeptImage, type KeptImages, numberedName } from "./kept-images.ts";

/** Names that a key may have, the first included. */
const mostNames = 16;

export interface ImageStoreOptions extends Lifetime {
  readonly log: Logger;
  /** A repository that most likely has the same layers. */
  readonly alsoIn?: Repository;
}

/**
 * Keeps entries as images, called like their keys. Where tags cannot be changed, a new entry gets another one when the
 * former has expired: `KEY-2` and so on.
 */
export class ImageStore implements CacheStore {
  readonly name: string;
  readonly #images: KeptImages;
  readonly #options: ImageStoreOptions;

  constructor(images: KeptImages, options: ImageStoreOptions) {
    this.name = images.name;
    this.#images = images;
    this.#options = options;
  }

  async find(key: CacheKey, signal: AbortSignal): Promise<CacheEntry | undefined> {
    let expired: CacheEntry | undefined;
    for (const name of namesFor(key)) {
      const entry = await this.#images.find(name, (image) => this.#read(image), signal);
      if (entry === undefined) break;
      if (!isExpired(entry, this.#options)) return entry;
      expired = entry;
    }
    return expired;
  }

  async put(keys: readonly CacheKey[], entry: NewEntry, signal: AbortSignal): Promise<void> {
    const storedMs = this.#options.now();
    const image = {
      layers: [entry.layer, entry.listing],
      inFormat: (format: ImageFormat) => toCacheImage(entry, format, storedMs),
    };
    try {
      await this.#images.put(keys, image, signal);
    } catch (error) {
      if (!(error instanceof ImmutableTagError)) throw error;
      for (const key of keys) await this.#putBeside(key, image, signal);
    }
  }

  async discard(key: CacheKey): Promise<void> {
    await this.#images.discard?.(key);
  }

  async #read(image: ImageSource): Promise<CacheEntry> {
    const { alsoIn } = this.#options;
    const entry = await readCacheImage(image);
    return alsoIn === undefined ? entry : { origin: alsoIn, ...entry };
  }

  /** Stores under the first name that is free, where all before it have expired. */
  async #putBeside(key: CacheKey, image: KeptImage, signal: AbortSignal): Promise<void> {
    for (const name of namesFor(key)) {
      try {
        await this.#images.put([name], image, signal);
        return;
      } catch (error) {
        if (!(error instanceof ImmutableTagError)) throw error;
        if (!(await this.#isExpired(name, signal))) break;
      }
    }
    const { log } = this.#options;
    log.debug("an entry of the cache cannot be replaced", { cache: this.name, key });
  }

  async #isExpired(name: string, signal: AbortSignal): Promise<boolean> {
    try {
      const entry = await this.#images.find(name, readCacheImage, signal);
      return entry !== undefined && isExpired(entry, this.#options);
    } catch (error) {
      // Nothing is found behind it either.
      if (isBuilderError(error, "IMAGE_MALFORMED")) return false;
      throw error;
    }
  }
}

function namesFor(key: CacheKey): readonly string[] {
  return Array.from({ length: mostNames }, (_, index) => numberedName(key, index + 1));
}
