import { Readable } from "node:stream";
import { isBuilderError } from "../errors/builder-error.ts";
import type { ImageFormat } from "../image/image-format.ts";
import { formatRepository, type Repository } from "../image/reference.ts";
import type { LayerBlob } from "../layer/layer-blob.ts";
import type { Logger } from "../log/logger.ts";
import type { Document } from "../output/output.ts";
import { ImmutableTagError } from "../registry/answer-failure.ts";
import { registrySource } from "../registry/pull.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { type CacheImage, readCacheImage, toCacheImage } from "./cache-image.ts";
import type { CacheKey } from "./cache-key.ts";
import {
  type CacheEntry,
  type CacheStore,
  isExpired,
  type Lifetime,
  type NewEntry,
} from "./cache-store.ts";

export interface RegistryStoreOptions extends Lifetime {
  readonly client: RegistryClient;
  readonly repository: Repository;
  /** The types that entries are stored in; the other family's where the registry does not take them. */
  readonly format: ImageFormat;
  readonly log: Logger;
}

/** Tags that a key may have, the first included. */
const mostTags = 16;

/**
 * A repository of a registry that has each entry under its key as tag. Where tags cannot be changed, a new entry
 * gets another tag when the former has expired: `KEY-2` and so on.
 */
export class RegistryStore implements CacheStore {
  readonly name: string;
  readonly #options: RegistryStoreOptions;
  #format: ImageFormat;

  constructor(options: RegistryStoreOptions) {
    this.name = formatRepository(options.repository);
    this.#options = options;
    this.#format = options.format;
  }

  async find(key: CacheKey, signal: AbortSignal): Promise<CacheEntry | undefined> {
    let expired: CacheEntry | undefined;
    for (const tag of tagsFor(key)) {
      const entry = await this.#read(tag, signal);
      if (entry === undefined) break;
      if (!isExpired(entry, this.#options)) return entry;
      expired = entry;
    }
    return expired;
  }

  async put(keys: readonly CacheKey[], entry: NewEntry, signal: AbortSignal): Promise<void> {
    const { now } = this.#options;
    await Promise.all([entry.layer, entry.listing].map((layer) => this.#pushLayer(layer, signal)));
    const storedMs = now();
    try {
      await this.#putImage(keys, toCacheImage(entry, this.#format, storedMs), signal);
    } catch (error) {
      if (!isBuilderError(error, "REGISTRY_REJECTED")) throw error;
      const other = this.#format === "oci" ? "docker" : "oci";
      await this.#putImage(keys, toCacheImage(entry, other, storedMs), signal);
      this.#format = other;
    }
  }

  async #putImage(
    keys: readonly CacheKey[],
    { manifest, config }: CacheImage,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, repository } = this.#options;
    await client.pushBlob(repository, asSource(config), { signal });
    for (const key of keys) await this.#tag(key, manifest, signal);
  }

  async #tag(key: CacheKey, manifest: Document, signal: AbortSignal): Promise<void> {
    const { client, repository, log } = this.#options;
    for (const tag of tagsFor(key)) {
      try {
        const options = { signal, isTagNeeded: true };
        return await client.putManifest({ ...repository, tag }, manifest, options);
      } catch (error) {
        if (!(error instanceof ImmutableTagError)) throw error;
        if (!(await this.#isExpired(tag, signal))) break;
      }
    }
    log.debug("an entry of the cache cannot be replaced", { cache: this.name, key });
  }

  async #isExpired(tag: string, signal: AbortSignal): Promise<boolean> {
    try {
      const entry = await this.#read(tag, signal);
      return entry !== undefined && isExpired(entry, this.#options);
    } catch (error) {
      // Nothing is found behind it either.
      if (isBuilderError(error, "IMAGE_MALFORMED")) return false;
      throw error;
    }
  }

  async #read(tag: string, signal: AbortSignal): Promise<CacheEntry | undefined> {
    const { client, repository } = this.#options;
    const source = registrySource(client, { reference: { ...repository, tag }, signal });
    try {
      return await readCacheImage(source);
    } catch (error) {
      if (isBuilderError(error, "REGISTRY_NOT_FOUND")) return undefined;
      throw error;
    }
  }

  async #pushLayer(layer: LayerBlob, signal: AbortSignal): Promise<void> {
    const { client, repository } = this.#options;
    const { descriptor } = layer;
    const source = { descriptor, open: async () => Readable.from(await layer.open()) };
    await client.pushBlob(repository, source, { signal });
  }
}

/** The tags of a key, in the order in which they are given. */
function tagsFor(key: CacheKey): readonly string[] {
  return Array.from({ length: mostTags }, (_, index) =>
    index === 0 ? key : `${key}-${index + 1}`,
  );
}

function asSource({ descriptor, bytes }: Document) {
  return { descriptor, open: () => Promise.resolve(Readable.from([bytes])) };
}
