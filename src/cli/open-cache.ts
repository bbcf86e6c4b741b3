import type { CachePorts } from "../build/ports.ts";
import type { CacheFaults } from "../cache/cache-faults.ts";
import { LayerCache } from "../cache/layer-cache.ts";
import { LayoutStore } from "../cache/layout-store.ts";
import { RegistryStore } from "../cache/registry-store.ts";
import type { Logger } from "../log/logger.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import type { BuildOptions } from "./build-options.ts";
import type { Rung } from "./rungs/rung.ts";

/** What the cache needs to know of a build. */
export interface CacheParts {
  readonly options: BuildOptions;
  readonly faults: CacheFaults;
  readonly log: Logger;
  readonly run: { readonly signal: AbortSignal };
  /** What runs commands, if anything does. */
  readonly rung?: Pick<Rung, "keepsOwners">;
}

const now = (): number => Date.now();

/** Opens what keeps the layers of steps; undefined where nothing does. */
export function openCache(client: RegistryClient, parts: CacheParts): CachePorts | undefined {
  const { options, faults, log, run, rung } = parts;
  const { steps } = options.cache;
  if (steps === undefined) return undefined;
  const { ttlMs, isWritten, kinds } = steps;
  const store =
    "layouts" in steps.place
      ? new LayoutStore(steps.place.layouts, now)
      : new RegistryStore({
          client,
          repository: steps.place,
          format: options.imageFormat,
          ttlMs,
          now,
          log,
        });
  const layers = new LayerCache({
    stores: [store],
    ttlMs,
    now,
    isWritten,
    keepsOwners: rung?.keepsOwners ?? true,
    faults,
    log,
    signal: run.signal,
  });
  return { layers, kinds };
}
