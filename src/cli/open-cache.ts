import type { CachePorts } from "../build/ports.ts";
import type { CacheFaults } from "../cache/cache-faults.ts";
import { LayerCache } from "../cache/layer-cache.ts";
import { LayoutStore } from "../cache/layout-store.ts";
import { RegistryStore } from "../cache/registry-store.ts";
import type { Repository } from "../image/reference.ts";
import type { Logger } from "../log/logger.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import type { BuildOptions } from "./build-options.ts";

interface CacheParts {
  readonly options: BuildOptions;
  readonly client: RegistryClient;
  readonly faults: CacheFaults;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const now = (): number => Date.now();

/** Opens what keeps the layers of steps; undefined where nothing does. */
export function openCache({ options, ...parts }: CacheParts): CachePorts | undefined {
  const { steps } = options.cache;
  if (steps === undefined) return undefined;
  const { ttlMs, isWritten, kinds } = steps;
  const { client, faults, log, signal } = parts;
  const store =
    "layouts" in steps.place
      ? new LayoutStore(steps.place.layouts, now)
      : new RegistryStore({ client, repository: steps.place, format: options.imageFormat, now });
  const layers = new LayerCache({ stores: [store], ttlMs, now, isWritten, faults, log, signal });
  return { layers, kinds };
}

/**
 * The cache's repository, where it is in a registry that the image goes to: layers then travel to the cache, and
 * are mounted from there.
 */
export function sharedRepository(options: BuildOptions): Repository | undefined {
  const { steps } = options.cache;
  if (steps === undefined || !steps.isWritten || "layouts" in steps.place) return undefined;
  const { place } = steps;
  const { destinations, push } = options.output;
  const isShared = push && destinations.some(({ registry }) => registry === place.registry);
  return isShared ? place : undefined;
}
