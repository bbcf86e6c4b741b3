import type { CachePorts } from "../build/ports.ts";
import type { CacheFaults } from "../cache/cache-faults.ts";
import { ImageStore } from "../cache/image-store.ts";
import type { KeptImages } from "../cache/kept-images.ts";
import { LayerCache } from "../cache/layer-cache.ts";
import { LayoutImages } from "../cache/layout-images.ts";
import { RegistryImages } from "../cache/registry-images.ts";
import type { Logger } from "../log/logger.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import type { BuildOptions, ImagesPlace } from "./build-options.ts";
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

/** Milliseconds since 1970. */
export const now = (): number => Date.now();

/** Opens what keeps the layers of steps; undefined where nothing does. */
export function openCache(client: RegistryClient, parts: CacheParts): CachePorts | undefined {
  const { options, faults, log, run, rung } = parts;
  const { steps } = options.cache;
  if (steps === undefined) return undefined;
  const { ttlMs, isWritten, kinds } = steps;
  const store = new ImageStore(openKeptImages(steps.place, { options, client }), now);
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

/** The place that keeps images for other builds. */
export function openKeptImages(
  place: ImagesPlace,
  { options, client }: { readonly options: BuildOptions; readonly client: RegistryClient },
): KeptImages {
  if ("layouts" in place) return new LayoutImages(place.layouts);
  return new RegistryImages({ client, repository: place, format: options.imageFormat });
}
