import { BuilderError } from "../errors/builder-error.ts";
import type { LayerSource } from "../filetree/node.ts";
import { FileTree } from "../filetree/tree.ts";
import { formatPlatform, type Platform } from "../image/platform.ts";
import { formatReference, type Repository, withDefaultTag } from "../image/reference.ts";
import { applyLayer } from "../layer/layer-tree.ts";
import type { ImageLayer } from "../output/output.ts";
import type { BuildPlan, FileSource } from "../plan/build-plan.ts";
import type { PulledImage } from "../registry/pull.ts";
import type { BuildPorts } from "./ports.ts";
import type { StageStart } from "./stage-state.ts";

type ImageSource = FileSource & { readonly kind: "image" };

/** An image that a stage starts from or copies out of. */
export interface BaseImage {
  readonly start: StageStart;
}

/** The images that a build uses, each resolved once per platform and read at most once. */
export class BaseImages {
  readonly #ports: BuildPorts;
  /** Whether layers are kept on disk: a root will be made of them, or files are copied out. */
  readonly #keepLayers: boolean;
  readonly #images = new Map<string, Promise<BaseImage>>();

  constructor(plan: BuildPlan, ports: BuildPorts) {
    this.#ports = ports;
    this.#keepLayers = plan.reachable.some((index) =>
      plan.stages[index]?.stage.instructions.some(({ type }) => type === "RUN"),
    );
  }

  /**
   * @throws REGISTRY_NOT_FOUND, IMAGE_PLATFORM_UNAVAILABLE and what else pulling throws.
   */
  load(source: ImageSource, platform: Platform): Promise<BaseImage> {
    const key = `${source.name} ${formatPlatform(platform)}`;
    let image = this.#images.get(key);
    if (image === undefined) {
      image = this.#pull(source, platform);
      image.catch(() => undefined);
      this.#images.set(key, image);
    }
    return image;
  }

  async #pull(source: ImageSource, platform: Platform): Promise<BaseImage> {
    const { log, pull } = this.#ports;
    const image = await pull(source.reference, platform).catch((error: unknown) => {
      throw describeFailure(source, error);
    });
    log.info("resolved base image", { image: source.name, digest: image.descriptor.digest });
    const { config } = image;
    const layers = this.#layersOf(image);
    let tree: Promise<FileTree> | undefined;
    return {
      start: {
        platform: {
          os: config.os,
          architecture: config.architecture,
          ...(config.variant === undefined ? {} : { variant: config.variant }),
        },
        author: config.author,
        osVersion: config["os.version"],
        created: config.created,
        config: config.config ?? {},
        history: config.history ?? [],
        layers,
        loadTree: async () => {
          tree ??= readTree(layers);
          return (await tree).fork();
        },
      },
    };
  }

  #layersOf(image: PulledImage): ImageLayer[] {
    const origin: Repository = { registry: image.reference.registry, path: image.reference.path };
    return image.layers.map((layer, index) => {
      const source = this.#keepLayers ? new KeptLayer(layer, this.#ports) : layer;
      const diffId = image.config.rootfs.diff_ids[index];
      if (diffId === undefined) throw new TypeError("pullImage checks the number of diff ids");
      return {
        descriptor: layer.descriptor,
        diffId,
        origin,
        open: () => source.open(),
      };
    });
  }
}

/** A registry's layer that is fetched into the spool once, when it is first read. */
class KeptLayer implements LayerSource {
  readonly #remote: LayerSource;
  readonly #ports: BuildPorts;
  #fetched: Promise<LayerSource> | undefined;

  constructor(remote: LayerSource, ports: BuildPorts) {
    this.#remote = remote;
    this.#ports = ports;
  }

  get descriptor(): LayerSource["descriptor"] {
    return this.#remote.descriptor;
  }

  async open(): ReturnType<LayerSource["open"]> {
    this.#fetched ??= this.#ports.spool.keep(this.#remote);
    return (await this.#fetched).open();
  }
}

async function readTree(layers: readonly ImageLayer[]): Promise<FileTree> {
  const tree = new FileTree();
  for (const layer of layers) await applyLayer(tree, layer, { diffId: layer.diffId });
  return tree;
}

function describeFailure(source: ImageSource, error: unknown): unknown {
  if (!(error instanceof BuilderError)) return error;
  const name = formatReference(withDefaultTag(source.reference));
  return new BuilderError(error.code, `${source.name}: cannot use ${name}: ${error.message}`, {
    cause: error,
    retryable: error.retryable,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}
