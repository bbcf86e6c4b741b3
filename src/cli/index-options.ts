import { isDigest } from "../image/digest.ts";
import type { ImageReference } from "../image/reference.ts";
import type { IndexRequest } from "../output/push-index.ts";
import type { NamedReference } from "../output/remote-images.ts";
import type { BuildRun } from "./build-options.ts";
import { type DeliveryOptions, readDelivery } from "./delivery.ts";
import { parseImageReference, parsePairs } from "./flag-texts.ts";
import type { indexFlags } from "./flags/index-flags.ts";
import type { Host } from "./host.ts";
import type { Settled } from "./settle-in-pipeline.ts";

/** Everything that `slipway index` was asked for. */
export type IndexOptions = IndexRequest & DeliveryOptions;

/** What the handler of `slipway index` calls. Gives the exit code. */
export type RunIndex = (options: IndexOptions, run: BuildRun) => Promise<number>;

/**
 * Turns the settled flags of `slipway index` into what it is asked for.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readIndexOptions(
  settled: Pick<Settled<typeof indexFlags>, "engine" | "values">,
  host: Host,
): IndexOptions {
  const { values } = settled;
  const delivery = readDelivery(settled, host);
  const [first] = delivery.destinations;
  return {
    ...delivery,
    manifests: values.manifest.map((text) => readManifest(text.trim(), first)),
    annotations: parsePairs("--annotation", values.annotation),
  };
}

function readManifest(text: string, first: ImageReference | undefined): NamedReference {
  if (first !== undefined && isDigest(text)) {
    const { registry, path } = first;
    return { name: text, reference: { registry, path, digest: text } };
  }
  return { name: text, reference: parseImageReference("--manifest", text) };
}
