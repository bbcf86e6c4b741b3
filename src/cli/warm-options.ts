import { UsageError } from "../errors/usage-error.ts";
import { parsePlatform } from "../image/parse-platform.ts";
import type { Platform } from "../image/platform.ts";
import type { ImageReference } from "../image/reference.ts";
import type { CredentialsPlaces } from "../registry/credentials/credentials-places.ts";
import type { RegistryOptions } from "../registry/registry-options.ts";
import type { BuildRun, LogOptions, SourceOptions } from "./build-options.ts";
import { parseImageReference } from "./flag-texts.ts";
import { settleFlags } from "./flag-values.ts";
import { sourceFlags } from "./flags/query-flags.ts";
import type { warmFlags } from "./flags/warm-flags.ts";
import type { Host } from "./host.ts";
import { readCredentials, readLog, readRegistry, readSource } from "./options.ts";
import type { Settled } from "./settle-in-pipeline.ts";
import type { WorkPlaces } from "./work-directory.ts";

/** A Dockerfile, which may have to be fetched. */
export interface WarmSource extends SourceOptions {
  readonly workPlaces: WorkPlaces;
  readonly log: LogOptions;
}

/** Everything that `slipway warm` is asked for. */
export interface WarmOptions {
  readonly images: readonly ImageReference[];
  /** The Dockerfile whose images are meant too, if any. */
  readonly source: WarmSource | undefined;
  readonly platform: Platform;
  readonly directory: string;
  readonly force: boolean;
  readonly registry: RegistryOptions;
  readonly credentials: CredentialsPlaces;
  readonly log: LogOptions;
}

/** What the handler of `slipway warm` calls. Gives the exit code. */
export type RunWarm = (options: WarmOptions, run: BuildRun) => Promise<number>;

type SettledWarm = Pick<Settled<typeof warmFlags>, "engine" | "values">;

/**
 * Turns the settled flags of `slipway warm` into what it is asked for.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readWarmOptions(settled: SettledWarm, host: Host): WarmOptions {
  const { engine, values } = settled;
  const { "custom-platform": platform, dockerfile } = values;
  if (values.image.length === 0 && dockerfile === undefined) {
    throw new UsageError("USAGE_CONFLICT", "no image is named", {
      hint: "Name images with --image, or a Dockerfile with --dockerfile",
    });
  }
  return {
    images: values.image.map((text) => parseImageReference("--image", text)),
    source: dockerfile === undefined ? undefined : readWarmSource(dockerfile, settled, host),
    platform: platform === undefined ? host.platform : parsePlatform(platform, host.platform),
    directory: values["cache-dir"],
    force: values.force,
    registry: readRegistry(values),
    credentials: readCredentials(values, { engine, host }),
    log: readLog(values, host),
  };
}

function readWarmSource(
  dockerfile: string,
  { engine, values }: SettledWarm,
  host: Host,
): WarmSource {
  // Of a build context, what a build has where nothing is said, but for the place of the Dockerfile.
  const context = settleFlags(sourceFlags, { given: { context: "." }, environment: {} });
  return {
    ...readSource({ ...context, ...values, dockerfile }, host),
    workPlaces: { given: undefined, ofPipeline: engine?.scratchDirectory },
    log: readLog(values, host),
  };
}
