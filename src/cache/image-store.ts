import type { ImageFormat } from "../image/image-format.ts";
import { readCacheImage, toCacheImage } from "./cache-image.ts";
import type { CacheKey } from "./cache-key.ts";
import type { CacheEntry, CacheStore, NewEntry } from "./cache-store.ts";
import type { KeptImages } from "./kept-images.ts";

/** Keeps entries as images, called like their keys. */
export class ImageStore implements CacheStore {
  readonly name: string;
  readonly #images: KeptImages;
  readonly #now: () => number;

  /** `now` gives milliseconds since 1970. */
  constructor(images: KeptImages, now: () => number) {
    this.name = images.name;
    this.#images = images;
    this.#now = now;
  }

  find(key: CacheKey, signal: AbortSignal): Promise<CacheEntry | undefined> {
    return this.#images.find(key, readCacheImage, signal);
  }

  async put(keys: readonly CacheKey[], entry: NewEntry, signal: AbortSignal): Promise<void> {
    const storedMs = this.#now();
    const image = {
      layers: [entry.layer, entry.listing],
      inFormat: (format: ImageFormat) => toCacheImage(entry, format, storedMs),
    };
    await this.#images.put(keys, image, signal);
  }
}
