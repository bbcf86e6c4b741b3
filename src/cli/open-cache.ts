import type { CachePorts } from "../build/ports.ts";
import type { CacheFaults } from "../cache/cache-faults.ts";
import { ImageStore } from "../cache/image-store.ts";
import type { KeptImages } from "../cache/kept-images.ts";
import { LayerCache } from "../cache/layer-cache.ts";
import { LayoutImages } from "../cache/layout-images.ts";
import { PlainImages } from "../cache/plain-images.ts";
import { RegistryImages } from "../cache/registry-images.ts";
import type { Logger } from "../log/logger.ts";
import { type PullRequest, pullImage } from "../registry/pull.ts";
import type { PulledImage } from "../registry/read-image.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import type { BuildOptions, ImagesPlace, StepCacheOptions } from "./build-options.ts";
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

/** Opens what has layers of earlier builds; undefined where nothing does. */
export function openCache(client: RegistryClient, parts: CacheParts): CachePorts | undefined {
  const { options, faults, log, run, rung } = parts;
  const { steps, images: references } = options.cache;
  if (steps === undefined && references.length === 0) return undefined;
  const { signal } = run;
  const pull = (request: PullRequest): Promise<PulledImage> => pullImage(client, request);
  const images = new PlainImages({ images: references, pull, faults, log, signal });
  const none = { ttlMs: 0, isWritten: false, kinds: { run: false, copy: false } };
  const { kinds, ttlMs, isWritten } = steps ?? none;
  const layers = new LayerCache({
    stores: steps === undefined ? [] : openStores(steps, client, parts),
    ttlMs,
    now,
    isWritten,
    keepsOwners: rung?.keepsOwners ?? true,
    faults,
    log,
    signal,
  });
  return { layers, images, kinds };
}

/** The nearest first. What is found there can still be mounted from the repository, if that has it too. */
function openStores(
  { place, nearby, ttlMs }: StepCacheOptions,
  client: RegistryClient,
  { options, log }: CacheParts,
): ImageStore[] {
  const store = new ImageStore(openKeptImages(place, { options, client }), { ttlMs, now, log });
  if (nearby === undefined) return [store];
  const alsoIn = "layouts" in place ? {} : { alsoIn: place };
  return [new ImageStore(new LayoutImages(nearby), { ttlMs, now, log, ...alsoIn }), store];
}

/** The place that keeps images for other builds. */
export function openKeptImages(
  place: ImagesPlace,
  { options, client }: { readonly options: BuildOptions; readonly client: RegistryClient },
): KeptImages {
  if ("layouts" in place) return new LayoutImages(place.layouts);
  return new RegistryImages({ client, repository: place, format: options.imageFormat });
}
