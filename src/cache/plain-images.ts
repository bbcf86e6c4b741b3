import type { Readable } from "node:stream";
import { isBuilderError } from "../errors/builder-error.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Digest } from "../image/digest.ts";
import { formatPlatform, type Platform } from "../image/platform.ts";
import { formatReference, type ImageReference, type Repository } from "../image/reference.ts";
import type { Logger } from "../log/logger.ts";
import type { PullRequest } from "../registry/pull.ts";
import type { PulledImage } from "../registry/read-image.ts";
import { type CacheFaults, openWatched, remembering } from "./cache-faults.ts";
import { type CacheKey, cacheKeyOf } from "./cache-key.ts";
import { matchHistory, type StageSoFar } from "./history-match.ts";

/** The layer of a step in an image that is no entry of the cache. */
export interface PlainLayer {
  /** The image's name. */
  readonly image: string;
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  /** The history's time for the step, RFC 3339. */
  readonly created: string | undefined;
  /** The repository that has the layer. */
  readonly origin?: Repository;
  /** Opens the layer as stored; verified while it is read. */
  open(): Promise<Readable>;
  /** The same for a build that is to have the layer: one that fails for it starts again without the image. */
  openForGood(): Promise<Readable>;
}

export interface PlainImagesOptions {
  /** The first that has a layer is taken. */
  readonly images: readonly ImageReference[];
  readonly pull: (request: PullRequest) => Promise<PulledImage>;
  readonly faults: CacheFaults;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** An image that has been found. */
interface PlainImage {
  readonly name: string;
  /** What it is called among faults. */
  readonly key: CacheKey;
  readonly pulled: PulledImage;
}

/** Images whose layers are taken for those of steps (`--cache-from`), each resolved once for a platform. */
export class PlainImages {
  readonly #options: PlainImagesOptions;
  readonly #loaded = new Map<string, Promise<readonly PlainImage[]>>();

  constructor(options: PlainImagesOptions) {
    this.#options = options;
  }

  /** Whether there are any to ask. */
  get areNamed(): boolean {
    return this.#options.images.length > 0;
  }

  /** The layer that an image has after what a stage has so far, by a step of these words. It never fails. */
  async find(stage: StageSoFar, createdBy: string): Promise<PlainLayer | undefined> {
    const { faults } = this.#options;
    for (const image of await this.#load(stage.platform)) {
      if (faults.keys.has(image.key)) continue;
      const { config, layers, origin } = image.pulled;
      const match = matchHistory(config, stage, createdBy);
      const layer = match === undefined ? undefined : layers[match.layer];
      if (match === undefined || layer === undefined) continue;
      return {
        image: image.name,
        descriptor: layer.descriptor,
        diffId: match.diffId,
        created: match.created,
        ...(origin === undefined ? {} : { origin }),
        open: () => layer.open(),
        openForGood: () => openWatched(layer, remembering(faults, image.key)),
      };
    }
    return undefined;
  }

  #load(platform: Platform): Promise<readonly PlainImage[]> {
    const key = formatPlatform(platform);
    let loaded = this.#loaded.get(key);
    if (loaded === undefined) {
      loaded = this.#pull(platform);
      this.#loaded.set(key, loaded);
    }
    return loaded;
  }

  async #pull(platform: Platform): Promise<readonly PlainImage[]> {
    const images = await Promise.all(
      this.#options.images.map((reference) => this.#pullOne(reference, platform)),
    );
    return images.filter((image) => image !== undefined);
  }

  async #pullOne(reference: ImageReference, platform: Platform): Promise<PlainImage | undefined> {
    const { pull, faults, log, signal } = this.#options;
    const name = formatReference(reference);
    const key = cacheKeyOf(["image", name]);
    if (faults.keys.has(key)) return undefined;
    try {
      return { name, key, pulled: await pull({ reference, platform, signal }) };
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      if (isBuilderError(error) && isAbsence.test(error.code)) {
        log.debug("there is no such image to take layers from", { image: name, reason });
      } else {
        faults.keys.add(key);
        log.warn("an image cannot be used as a cache", { image: name, reason });
      }
      return undefined;
    }
  }
}

const isAbsence = /^(?:REGISTRY_NOT_FOUND|IMAGE_PLATFORM_UNAVAILABLE)$/;
