import type { CacheKey } from "../cache/cache-key.ts";
import type { CacheEntry } from "../cache/cache-store.ts";
import { treeDigest } from "../cache/files-digest.ts";
import type { ForecastStep } from "./forecast.ts";
import { identify, keyOf } from "./identify.ts";
import type { LayerStep } from "./layer-step.ts";
import type { StepScope } from "./scope.ts";
import type { StepCache } from "./step-cache.ts";

/** What the cache says of a step. */
export interface Lookup {
  /** What a layer that is made or found elsewhere is stored under; none where it is not. */
  readonly keys: readonly CacheKey[];
  readonly entry: CacheEntry | undefined;
}

/**
 * Looks for the layer of a step: first as it was foreseen, by how its files came about, and then by what they
 * are, which is known now. So what follows a step is found again where the step, made anew, has made the same.
 *
 * @throws what building the stages throws that the step takes files from.
 */
export async function lookUp(
  step: LayerStep,
  scope: StepScope,
  { cache, forecast }: { readonly cache: StepCache; readonly forecast: ForecastStep | undefined },
): Promise<Lookup> {
  if (!cache.takes(step)) return { keys: [], entry: undefined };
  const foreseen = await forecast?.entry;
  if (foreseen !== undefined) return { keys: [], entry: foreseen };
  const keys = forecast === undefined ? [] : [forecast.key];
  const { state, build, location } = scope;
  const { content } = state.identity;
  if (content === undefined) return { keys, entry: undefined };
  const parts = await step.parts((files) =>
    identify(files, scope, {
      digest: (tree) => treeDigest(tree, cache.digests),
      ofStage: async (index) => (await build.stage(index)).tree(),
    }),
  );
  const key = keyOf(step, parts, { parent: content, scope });
  if (keys.includes(key)) return { keys, entry: undefined };
  const entry = cache.isFresh(state.planned) ? undefined : await cache.layers.find(key);
  if (entry !== undefined) {
    const where = { stage: state.planned.label, line: location.firstLine };
    build.ports.log.info("the cache has what the files make of this", where);
  }
  return { keys: [...keys, key], entry };
}
