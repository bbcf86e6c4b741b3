import { Readable } from "node:stream";
import type { Digest } from "../image/digest.ts";
import { isForeignLayerType } from "../image/media-type.ts";
import { formatRepository, type ImageReference, type Repository } from "../image/reference.ts";
import type { UploadSource } from "../registry/registry-client.ts";
import { createLimit } from "../support/limit.ts";
import {
  type DestinationOutcome,
  settleDestinations,
  throwFailures,
} from "./destination-outcome.ts";
import type { Document, FinishedImage, ImageLayer, Output } from "./output.ts";
import { putDocument, type RegistryPorts } from "./put-document.ts";

export interface PushOptions extends RegistryPorts {
  /** At least one; one without a tag gets the image under its digest alone. */
  readonly destinations: readonly ImageReference[];
}

/** A layer, so far as registries want to know. */
type SentLayer = Omit<ImageLayer, "diffId">;

/** An image or another artifact that is made like one. */
interface SentImage extends Pick<FinishedImage, "manifest"> {
  /** Absent where it is among the layers, as a blob that comes from elsewhere. */
  readonly config?: Document;
  readonly layers: readonly SentLayer[];
}

/** Blobs that are on their way at the same time. */
const maxUploads = 4;

/**
 * Pushes to any number of repositories. A blob travels once per registry: further repositories
 * there mount it from the first one, and base layers are mounted from where they came, or streamed
 * from there to another registry without being stored. Foreign layers stay where they are. A repository
 * that fails gets nothing more, and keeps none of the others from getting all.
 */
export class Push implements Output {
  readonly #options: PushOptions;
  /** The destinations' repositories, those of one registry together. */
  readonly #registries: readonly (readonly Repository[])[];
  readonly #blobs = new Map<Digest, Promise<void>>();
  /** The first fault of each repository that had one, by its name. */
  readonly #faults = new Map<string, Error>();
  readonly #limit = createLimit(maxUploads);
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;

  constructor(options: PushOptions) {
    this.#options = options;
    this.#registries = groupByRegistry(options.destinations);
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
  }

  startLayer(layer: SentLayer): void {
    if (isForeignLayerType(layer.descriptor.mediaType)) return;
    this.#startBlob(
      { descriptor: layer.descriptor, open: async () => asReadable(await layer.open()) },
      layer.origin,
    );
  }

  /** @throws REGISTRY_*, and what opening a layer throws, as `throwFailures` says. */
  async publish(image: SentImage): Promise<void> {
    throwFailures(await this.settle(image));
  }

  /** Does what `publish` does, and says for each destination whether it has the image; its tag is as it was where not. */
  async settle(image: SentImage): Promise<readonly DestinationOutcome[]> {
    for (const layer of image.layers) this.startLayer(layer);
    if (image.config !== undefined) this.#startBlob(asSource(image.config), undefined);
    await Promise.all(this.#blobs.values());
    this.#signal.throwIfAborted();
    return settleDestinations(this.#options.destinations, async (destination) => {
      const fault = this.#faults.get(formatRepository(destination));
      if (fault !== undefined) throw fault;
      await putDocument(destination, image.manifest, { ...this.#options, signal: this.#signal });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#blobs.values());
  }

  #startBlob(source: UploadSource, origin: Repository | undefined): void {
    const { digest } = source.descriptor;
    if (this.#blobs.has(digest)) return;
    this.#blobs.set(
      digest,
      this.#limit(() => this.#sendEverywhere(source, origin)),
    );
  }

  async #sendEverywhere(source: UploadSource, origin: Repository | undefined): Promise<void> {
    await Promise.all(
      this.#registries.map(async (repositories) => {
        const holders = repositories.some(({ registry }) => registry === origin?.registry)
          ? [origin as Repository]
          : [];
        for (const repository of repositories) {
          if (await this.#send(repository, source, holders)) holders.push(repository);
        }
      }),
    );
  }

  /** Gives whether the repository has the blob now; what fails is kept for the end. */
  async #send(
    repository: Repository,
    source: UploadSource,
    mountFrom: readonly Repository[],
  ): Promise<boolean> {
    const { client, log } = this.#options;
    const name = formatRepository(repository);
    if (this.#faults.has(name)) return false;
    try {
      this.#signal.throwIfAborted();
      const outcome = await client.pushBlob(repository, source, {
        signal: this.#signal,
        mountFrom: [...mountFrom],
      });
      const { digest, size } = source.descriptor;
      log.debug("blob is in the registry", { repository: name, digest, bytes: size, outcome });
      return true;
    } catch (error) {
      this.#faults.set(name, error as Error);
      return false;
    }
  }
}

function groupByRegistry(destinations: readonly ImageReference[]): readonly Repository[][] {
  const repositories = new Map(
    destinations.map(({ registry, path }) => [`${registry}/${path}`, { registry, path }]),
  );
  return [...Map.groupBy(repositories.values(), ({ registry }) => registry).values()];
}

function asSource({ descriptor, bytes }: Document): UploadSource {
  return { descriptor, open: () => Promise.resolve(Readable.from([bytes])) };
}

function asReadable(stream: AsyncIterable<Uint8Array>): Readable {
  return stream instanceof Readable ? stream : Readable.from(stream);
}
