import { layersKey } from "../cache/step-key.ts";
import { BuilderError } from "../errors/builder-error.ts";
import { InternalError } from "../errors/internal-error.ts";
import type { FileTree } from "../filetree/tree.ts";
import { formatLayoutReference } from "../image/layout-reference.ts";
import { formatPlatform, type Platform } from "../image/platform.ts";
import { formatReference, type Repository, withDefaultTag } from "../image/reference.ts";
import type { ImageLayer } from "../output/output.ts";
import type { NamedSource } from "../plan/named-context.ts";
import type { PulledImage } from "../registry/read-image.ts";
import { readLayers } from "./base-listings.ts";
import type { KeptLayers } from "./kept-layers.ts";
import { layerOfElsewhere } from "./layer-of-elsewhere.ts";
import type { BuildPorts } from "./ports.ts";
import type { FilesIdentity, StageStart } from "./stage-state.ts";
import type { StepCache } from "./step-cache.ts";

/** A name that stands for an image. */
export type ImageSource = Extract<NamedSource, { kind: "image" | "layout" }>;

export interface BaseImagesOptions {
  readonly ports: BuildPorts;
  /**
   * Keeps layers of registries on disk once they are read, where their bytes will be needed after their
   * headers: for the root of a RUN, or to copy files from.
   */
  readonly kept: KeptLayers | undefined;
  readonly cache: StepCache | undefined;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/** The images that a build uses, each resolved once per platform and read at most once. */
export class BaseImages {
  readonly #options: BaseImagesOptions;
  readonly #images = new Map<string, Promise<StageStart>>();

  constructor(options: BaseImagesOptions) {
    this.#options = options;
  }

  /**
   * What an image gives to a stage that is built from it. Layers are not read before `loadTree`.
   *
   * @throws REGISTRY_NOT_FOUND, IMAGE_PLATFORM_UNAVAILABLE and what else pulling throws.
   */
  load(source: ImageSource, platform: Platform): Promise<StageStart> {
    const key = `${placeOf(source)} ${formatPlatform(platform)}`;
    let image = this.#images.get(key);
    if (image === undefined) {
      image = this.#open(source, platform);
      image.catch(() => undefined);
      this.#images.set(key, image);
    }
    return image;
  }

  async #open(source: ImageSource, platform: Platform): Promise<StageStart> {
    const { ports } = this.#options;
    const image = await this.#pull(source, platform).catch((error: unknown) => {
      throw describeFailure(source, error);
    });
    ports.log.info("resolved image", { image: source.name, digest: image.descriptor.digest });
    // A layout is on disk already.
    const kept = source.kind === "image" ? this.#options.kept : undefined;
    const base =
      source.kind === "image"
        ? { repository: repositoryOf(source.reference), digest: image.descriptor.digest }
        : undefined;
    return { ...this.#startOf(image, kept), image: base };
  }

  #startOf(image: PulledImage, kept: KeptLayers | undefined): Omit<StageStart, "image"> {
    const { ports, cache } = this.#options;
    const { config } = image;
    const osVersion = config["os.version"];
    const layers = imageLayers(image, kept);
    let tree: Promise<FileTree> | undefined;
    return {
      platform: {
        os: config.os,
        architecture: config.architecture,
        ...(config.variant === undefined ? {} : { variant: config.variant }),
        ...(osVersion === undefined ? {} : { "os.version": osVersion }),
      },
      author: config.author,
      created: config.created,
      config: config.config ?? {},
      history: config.history ?? [],
      layers,
      identity: imageIdentity(config.rootfs.diff_ids),
      loadTree: async () => {
        // All headers are read then, unless the cache has them.
        if (cache === undefined) kept?.prefetch(layers);
        tree ??= readLayers(layers, ports, cache);
        return (await tree).fork();
      },
    };
  }

  #pull(source: ImageSource, platform: Platform): Promise<PulledImage> {
    const { ports, signal } = this.#options;
    if (source.kind === "layout") return ports.openLayout({ layout: source.layout, platform });
    return ports.pull({ reference: source.reference, platform, signal });
  }
}

/** The files of an image are what its layers say, however it came about. */
function imageIdentity(diffIds: readonly string[]): FilesIdentity {
  const key = layersKey(diffIds);
  return { definition: { key, isCurrent: true }, content: key };
}

function repositoryOf({ registry, path }: Repository): Repository {
  return { registry, path };
}

function imageLayers(image: PulledImage, kept: KeptLayers | undefined): ImageLayer[] {
  const { origin, config } = image;
  return image.layers.map((remote, index) => {
    const diffId = config.rootfs.diff_ids[index];
    if (diffId === undefined) throw new InternalError("an image has fewer diff ids than layers");
    const { descriptor } = remote;
    return layerOfElsewhere({ descriptor, diffId, origin }, kept?.keep(remote) ?? remote);
  });
}

/** The full name of what is pulled. */
function placeOf(source: ImageSource): string {
  if (source.kind === "layout") return formatLayoutReference(source.layout);
  return formatReference(withDefaultTag(source.reference));
}

function describeFailure(source: ImageSource, error: unknown): unknown {
  if (!(error instanceof BuilderError)) return error;
  // What is said of a layout names it already.
  const place = source.kind === "layout" ? "" : `cannot use ${placeOf(source)}: `;
  return new BuilderError(error.code, `${source.name}: ${place}${error.message}`, {
    cause: error,
    retryable: error.retryable,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}
