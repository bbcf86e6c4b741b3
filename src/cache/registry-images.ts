import { Readable } from "node:stream";
import { isBuilderError } from "../errors/builder-error.ts";
import type { ImageFormat } from "../image/image-format.ts";
import { formatRepository, type Repository } from "../image/reference.ts";
import type { Document } from "../output/output.ts";
import { ImmutableTagError } from "../registry/answer-failure.ts";
import { registrySource } from "../registry/pull.ts";
import type { ImageSource } from "../registry/read-image.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import type { ImageDocuments, KeptImage, KeptImages, KeptLayer } from "./kept-images.ts";

export interface RegistryImagesOptions {
  readonly client: RegistryClient;
  readonly repository: Repository;
  /** The types that images are stored in; the other family's where the registry does not take them. */
  readonly format: ImageFormat;
}

/** A repository of a registry that has each image under its name as tag. */
export class RegistryImages implements KeptImages {
  readonly name: string;
  readonly #options: RegistryImagesOptions;
  #format: ImageFormat;

  constructor(options: RegistryImagesOptions) {
    this.name = formatRepository(options.repository);
    this.#options = options;
    this.#format = options.format;
  }

  /** All tags. @throws REGISTRY_* */
  list(signal: AbortSignal): Promise<readonly string[]> {
    const { client, repository } = this.#options;
    return client.listTags(repository, { signal });
  }

  async find<T>(
    name: string,
    read: (source: ImageSource) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const { client, repository } = this.#options;
    const source = registrySource(client, { reference: { ...repository, tag: name }, signal });
    try {
      return await read(source);
    } catch (error) {
      if (isBuilderError(error, "REGISTRY_NOT_FOUND")) return undefined;
      throw error;
    }
  }

  async put(names: readonly string[], image: KeptImage, signal: AbortSignal): Promise<void> {
    await Promise.all(image.layers.map((layer) => this.#pushLayer(layer, signal)));
    try {
      await this.#putDocuments(names, image.inFormat(this.#format), signal);
    } catch (error) {
      const mayBeTypes = !(error instanceof ImmutableTagError);
      if (!mayBeTypes || !isBuilderError(error, "REGISTRY_REJECTED")) throw error;
      const other = this.#format === "oci" ? "docker" : "oci";
      await this.#putDocuments(names, image.inFormat(other), signal);
      this.#format = other;
    }
  }

  async #putDocuments(
    names: readonly string[],
    { manifest, config }: ImageDocuments,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, repository } = this.#options;
    await client.pushBlob(repository, asSource(config), { signal });
    for (const tag of names) {
      const options = { signal, isTagNeeded: true };
      await client.putManifest({ ...repository, tag }, manifest, options);
    }
  }

  async #pushLayer(layer: KeptLayer, signal: AbortSignal): Promise<void> {
    const { client, repository } = this.#options;
    const { descriptor, origin } = layer;
    const source = { descriptor, open: async () => Readable.from(await layer.open()) };
    const mountFrom = origin === undefined ? [] : [origin];
    await client.pushBlob(repository, source, { signal, mountFrom });
  }
}

function asSource({ descriptor, bytes }: Document) {
  return { descriptor, open: () => Promise.resolve(Readable.from([bytes])) };
}
