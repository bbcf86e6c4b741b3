import { packListing } from "../cache/cache-image.ts";
import type { CacheKey } from "../cache/cache-key.ts";
import type { NewEntry } from "../cache/cache-store.ts";
import type { LayerStep } from "./layer-step.ts";
import type { StepScope } from "./scope.ts";
import type { StepCache } from "./step-cache.ts";

/** The layer of a step, for later builds. */
export interface LayerToKeep extends Pick<NewEntry, "layer" | "changes" | "created"> {
  /** What it says (`writeListing`). */
  readonly listing: Buffer;
}

/** Where a layer is kept. */
export interface KeptUnder {
  readonly cache: StepCache;
  /** None where it is not to be kept. */
  readonly keys: readonly CacheKey[];
}

/**
 * Begins to put a layer into the cache; `stored` is settled when it is there, or never will be.
 *
 * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED
 */
export async function keepLayer(
  kept: LayerToKeep,
  { createdBy }: LayerStep,
  { scope, cache, keys }: KeptUnder & { readonly scope: StepScope },
): Promise<{ readonly stored: Promise<void> }> {
  const { platform } = scope.state;
  const listing = await packListing(kept.listing, scope.build.ports);
  return { stored: cache.layers.put(keys, { ...kept, listing, createdBy, platform }) };
}
