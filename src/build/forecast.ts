import type { CacheKey } from "../cache/cache-key.ts";
import type { CacheEntry } from "../cache/cache-store.ts";
import type { Instruction } from "../dockerfile/instruction.ts";
import type { StageState } from "./stage-state.ts";

/** What can be said of a step before anything is built. */
export interface ForecastStep {
  readonly key: CacheKey;
  /** What the cache has under the key; undefined also where it was not asked. */
  readonly entry: Promise<CacheEntry | undefined>;
}

/** What can be said of a stage before anything is built. */
export interface Forecast {
  /** The stage's configuration at its end; it has no layers and no files. */
  readonly state: StageState;
  /** With the triggers of the base. */
  readonly instructions: readonly Instruction[];
  /** Steps that make layers, by the position of their instructions. From the first that could not be foreseen on there are none. */
  readonly steps: ReadonlyMap<number, ForecastStep>;
}
