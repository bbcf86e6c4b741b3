import type { LayerCache } from "../cache/layer-cache.ts";
import type { PlainImages } from "../cache/plain-images.ts";
import type { FileDigests } from "../layer/file-digests.ts";
import type { PlannedStage } from "../plan/planned-stage.ts";
import type { LayerStep } from "./layer-step.ts";

/** What is cached, and where. */
export interface StepCacheOptions {
  readonly layers: LayerCache;
  /** Images whose layers are taken too, by their history. */
  readonly images: PlainImages;
  readonly digests: FileDigests;
  /** Which layers are looked for and stored, by kaniko's two flags. */
  readonly kinds: Readonly<Record<LayerStep["cachedAs"], boolean>>;
  /** Whether a stage is to be made anew, whatever the cache has. */
  readonly isFresh: (stage: PlannedStage) => boolean;
}

/** The cache as the steps of one build use it. */
export class StepCache {
  readonly layers: LayerCache;
  readonly images: PlainImages;
  readonly digests: FileDigests;
  readonly isFresh: StepCacheOptions["isFresh"];
  readonly #kinds: StepCacheOptions["kinds"];

  constructor(options: StepCacheOptions) {
    this.layers = options.layers;
    this.images = options.images;
    this.digests = options.digests;
    this.isFresh = options.isFresh;
    this.#kinds = options.kinds;
  }

  /** Whether any layers are looked for by keys. */
  get hasKeys(): boolean {
    return Object.values(this.#kinds).includes(true);
  }

  /** Whether layers of this kind are cached at all. */
  takes({ cachedAs }: LayerStep): boolean {
    return this.#kinds[cachedAs];
  }
}
