import type { CacheKey, KeyPart } from "../cache/cache-key.ts";
import type { CacheEntry } from "../cache/cache-store.ts";
import { treeDigest } from "../cache/files-digest.ts";
import type { LayerCache } from "../cache/layer-cache.ts";
import { type StepParts, stepKey } from "../cache/step-key.ts";
import type { FileTree } from "../filetree/tree.ts";
import { formatPlatform } from "../image/platform.ts";
import type { FileDigests } from "../layer/file-digests.ts";
import type { PlannedStage } from "../plan/planned-stage.ts";
import { resolveFrom } from "../plan/resolve-from.ts";
import type { ForecastStep } from "./forecast.ts";
import type { LayerStep, TakenFiles } from "./layer-step.ts";
import type { StepScope } from "./scope.ts";

/** What is cached, and where. */
export interface StepCacheOptions {
  readonly layers: LayerCache;
  readonly digests: FileDigests;
  /** Which layers are looked for and stored, by kaniko's two flags. */
  readonly kinds: Readonly<Record<LayerStep["cachedAs"], boolean>>;
  /** Whether a stage is to be made anew, whatever the cache has. */
  readonly isFresh: (stage: PlannedStage) => boolean;
}

/** What the cache says of a step. */
export interface Lookup {
  /** What a layer that is made now is to be stored under; none where it is not to be. */
  readonly keys: readonly CacheKey[];
  readonly entry: CacheEntry | undefined;
}

/** The cache as the steps of one build use it. */
export class StepCache {
  readonly layers: LayerCache;
  readonly digests: FileDigests;
  readonly isFresh: StepCacheOptions["isFresh"];
  readonly #kinds: StepCacheOptions["kinds"];

  constructor(options: StepCacheOptions) {
    this.layers = options.layers;
    this.digests = options.digests;
    this.isFresh = options.isFresh;
    this.#kinds = options.kinds;
  }

  /** Whether layers of this kind are cached at all. */
  takes({ cachedAs }: LayerStep): boolean {
    return this.#kinds[cachedAs];
  }

  /**
   * Looks for the layer of a step: first as it was forecast, by how its files came about, and then by what they
   * are, which is known now. So what follows a step is found again where the step, made anew, has made the same.
   *
   * @throws what building the stages throws that the step takes files from.
   */
  async lookUp(
    step: LayerStep,
    scope: StepScope,
    forecast: ForecastStep | undefined,
  ): Promise<Lookup> {
    if (!this.takes(step)) return { keys: [], entry: undefined };
    const foreseen = await forecast?.entry;
    if (foreseen !== undefined) return { keys: [], entry: foreseen };
    const keys = forecast === undefined ? [] : [forecast.key];
    const { content } = scope.state.identity;
    if (content === undefined) return { keys, entry: undefined };
    const parts = await step.parts((files) => this.#identify(files, scope));
    const key = keyOf(step, parts, { parent: content, scope });
    if (keys.includes(key)) return { keys, entry: undefined };
    const isFresh = this.isFresh(scope.state.planned);
    const entry = isFresh ? undefined : await this.layers.find(key);
    if (entry !== undefined) {
      scope.build.ports.log.info("the cache has what follows", {
        stage: scope.state.planned.label,
        line: scope.location.firstLine,
      });
    }
    return { keys: [...keys, key], entry };
  }

  /**
   * What stands for files in a key, once they are there.
   *
   * @throws what loading them throws.
   */
  async #identify(files: TakenFiles, scope: StepScope): Promise<KeyPart> {
    return identify(files, scope, {
      digest: (tree) => treeDigest(tree, this.digests),
      ofStage: async (index) => (await scope.build.stage(index)).tree(),
    });
  }
}

/** How files of stages are known, and what stands for files that are loaded. */
export interface Identification {
  readonly digest: (tree: FileTree) => Promise<string>;
  /** The files of a stage, or what stands for them. */
  readonly ofStage: (index: number) => Promise<FileTree | { readonly stage: string }>;
}

/** What stands for files that an instruction takes from elsewhere: an image's layers, or what is taken. */
export async function identify(
  { source: wanted, take }: TakenFiles,
  scope: StepScope,
  { digest, ofStage }: Identification,
): Promise<KeyPart> {
  const { build, state, location } = scope;
  const ofLoaded = async (files: Promise<FileTree>): Promise<KeyPart> => ({
    files: await digest(take(await files)),
  });
  if ("load" in wanted) return ofLoaded(wanted.load());
  const { from, paths } = wanted;
  if (from === undefined) return ofLoaded(build.ports.context.load(paths));
  const found = resolveFrom(from, { index: state.planned.index, location }, build.plan);
  if (found.kind === "stage") {
    const files = await ofStage(found.index);
    return "stage" in files ? { ...files } : ofLoaded(Promise.resolve(files));
  }
  const { source, platform = build.request.targetPlatform } = found;
  if (source.kind === "image" || source.kind === "layout") {
    const { identity } = await build.baseImage(source, platform);
    return { image: identity.content ?? null };
  }
  const named = await build.files(from, state.planned.index, location);
  return ofLoaded(named.load(paths));
}

/** The key of a step's layer, given what stands for the files that it finds. */
export function keyOf(
  step: LayerStep,
  parts: StepParts,
  { parent, scope }: { readonly parent: string; readonly scope: StepScope },
): CacheKey {
  const { request } = scope.build;
  return stepKey(parts, {
    parent: step.isLinked ? null : parent,
    platform: formatPlatform(scope.state.platform),
    latestMtime: request.sourceDateEpoch ?? null,
    compression: request.compression,
  });
}
