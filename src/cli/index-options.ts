import { UsageError } from "../errors/usage-error.ts";
import { isDigest } from "../image/digest.ts";
import type { ImageReference } from "../image/reference.ts";
import type { IndexRequest } from "../output/push-index.ts";
import type { NamedReference } from "../output/remote-images.ts";
import type { ResultPlaces } from "../pipeline/write-results.ts";
import type { DockerConfigPlaces } from "../registry/credentials/load-docker-config.ts";
import type { RegistryOptions } from "../registry/registry-options.ts";
import type { BuildRun, LogOptions, ResultFileOptions } from "./build-options.ts";
import { parseDestinations, parseImageReference, parsePairs } from "./flag-texts.ts";
import type { indexFlags } from "./flags/index-flags.ts";
import type { Host } from "./host.ts";
import { readCredentials, readLog, readRegistry, readResults } from "./options.ts";
import type { Settled } from "./settle-in-pipeline.ts";

/** Everything that `slipway index` was asked for. */
export interface IndexOptions extends IndexRequest {
  readonly resultFiles: ResultFileOptions;
  readonly results: ResultPlaces;
  readonly registry: RegistryOptions;
  readonly credentials: DockerConfigPlaces;
  readonly log: LogOptions;
}

/** What the handler of `slipway index` calls. Gives the exit code. */
export type RunIndex = (options: IndexOptions, run: BuildRun) => Promise<number>;

/**
 * Turns the settled flags of `slipway index` into what it is asked for.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readIndexOptions(
  { engine, values }: Pick<Settled<typeof indexFlags>, "engine" | "values">,
  host: Host,
): IndexOptions {
  const destinations = parseDestinations("--destination", values.destination);
  const [first] = destinations;
  if (first === undefined) {
    throw new UsageError("USAGE_CONFLICT", "there is no --destination to push the index to", {
      hint: "Name one with --destination",
    });
  }
  return {
    manifests: values.manifest.map((text) => readManifest(text.trim(), first)),
    destinations,
    annotations: parsePairs("--annotation", values.annotation),
    ...readResults(values, { engine, isNamed: true }),
    registry: readRegistry(values),
    credentials: readCredentials(values, { engine, host }),
    log: readLog(values, host),
  };
}

function readManifest(text: string, { registry, path }: ImageReference): NamedReference {
  if (isDigest(text)) return { name: text, reference: { registry, path, digest: text } };
  return { name: text, reference: parseImageReference("--manifest", text) };
}
