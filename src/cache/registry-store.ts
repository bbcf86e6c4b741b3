import { Readable } from "node:stream";
import { isBuilderError } from "../errors/builder-error.ts";
import type { ImageFormat } from "../image/image-format.ts";
import { formatRepository, type Repository } from "../image/reference.ts";
import type { LayerBlob } from "../layer/layer-blob.ts";
import type { Document } from "../output/output.ts";
import { registrySource } from "../registry/pull.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import { type CacheImage, readCacheImage, toCacheImage } from "./cache-image.ts";
import type { CacheKey } from "./cache-key.ts";
import type { CacheEntry, CacheStore, NewEntry } from "./cache-store.ts";

export interface RegistryStoreOptions {
  readonly client: RegistryClient;
  readonly repository: Repository;
  /** The types that entries are stored in; the other family's where the registry does not take them. */
  readonly format: ImageFormat;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A repository of a registry that has each entry under its key as tag. */
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
    const { client, repository } = this.#options;
    const source = registrySource(client, { reference: { ...repository, tag: key }, signal });
    try {
      return await readCacheImage(source);
    } catch (error) {
      if (isBuilderError(error, "REGISTRY_NOT_FOUND")) return undefined;
      throw error;
    }
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
    for (const key of keys) {
      await client.putManifest({ ...repository, tag: key }, manifest, { signal });
    }
  }

  async #pushLayer(layer: LayerBlob, signal: AbortSignal): Promise<void> {
    const { client, repository } = this.#options;
    const { descriptor } = layer;
    const source = { descriptor, open: async () => Readable.from(await layer.open()) };
    await client.pushBlob(repository, source, { signal });
  }
}

function asSource({ descriptor, bytes }: Document) {
  return { descriptor, open: () => Promise.resolve(Readable.from([bytes])) };
}
