import { isBuilderError } from "../errors/builder-error.ts";
import { formatRepository, type Repository } from "../image/reference.ts";
import { registrySource } from "../registry/pull.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import type { CachePlace, KeptEntry, PlaceContent } from "./cache-place.ts";
import { type NamedImage, readKeyedImages } from "./keyed-images.ts";

/** A repository that builds keep layers of steps in (`RegistryImages`). */
export class RepositoryPlace implements CachePlace {
  readonly name: string;
  readonly #client: RegistryClient;
  readonly #repository: Repository;

  constructor(client: RegistryClient, repository: Repository) {
    this.name = formatRepository(repository);
    this.#client = client;
    this.#repository = repository;
  }

  async list(signal: AbortSignal): Promise<PlaceContent> {
    const { images, foreign } = await readKeyedImages(await this.#tags(signal), (tag) =>
      registrySource(this.#client, { reference: { ...this.#repository, tag }, signal }),
    );
    return { entries: images.map((image) => this.#entryOf(image)), foreign };
  }

  async #tags(signal: AbortSignal): Promise<readonly string[]> {
    try {
      return await this.#client.listTags(this.#repository, { signal });
    } catch (error) {
      if (isBuilderError(error, "REGISTRY_NOT_FOUND")) return [];
      throw error;
    }
  }

  #entryOf({ facts, names }: NamedImage): KeptEntry {
    const { digest, bytes, createdBy, storedMs } = facts;
    return {
      names,
      bytes,
      timeMs: storedMs,
      description: createdBy,
      isLeftover: false,
      remove: async (signal) => {
        await this.#client.deleteManifest(this.#repository, digest, { signal });
        return true;
      },
    };
  }
}
