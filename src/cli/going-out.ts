import type { BuildPorts, CachePorts } from "../build/ports.ts";
import type { Repository } from "../image/reference.ts";
import type { Output } from "../output/output.ts";
import type { BuildOptions } from "./build-options.ts";

/** Layers go out at once, or by way of the cache where that is in the same registry. */
export function goingOut(
  outputs: Pick<Output, "startLayer" | "publish">,
  { cache, options }: { readonly cache: CachePorts | undefined; readonly options: BuildOptions },
): Pick<BuildPorts, "startLayer" | "publish"> {
  const origin = sharedRepository(options);
  if (origin === undefined || cache === undefined) {
    return {
      startLayer: (layer) => outputs.startLayer(layer),
      publish: (image) => outputs.publish(image),
    };
  }
  return {
    startLayer: (layer, stored) => {
      if (stored === undefined) outputs.startLayer(layer);
      else void stored.then(() => outputs.startLayer({ ...layer, origin }));
    },
    publish: async (image) => {
      await cache.layers.finish();
      await outputs.publish(image);
    },
  };
}

/**
 * The cache's repository, where it is in a registry that the image goes to: layers then travel to the cache, and
 * are mounted from there.
 */
function sharedRepository(options: BuildOptions): Repository | undefined {
  const { steps } = options.cache;
  if (steps === undefined || !steps.isWritten || "layouts" in steps.place) return undefined;
  const { place } = steps;
  const { destinations, push } = options.output;
  const isShared = push && destinations.some(({ registry }) => registry === place.registry);
  return isShared ? place : undefined;
}
