import { resolve } from "node:path";
import { UsageError } from "../errors/usage-error.ts";
import { parsePlatform } from "../image/parse-platform.ts";
import type { Platform } from "../image/platform.ts";
import type { ImageReference } from "../image/reference.ts";
import type { DockerConfigPlaces } from "../registry/credentials/load-docker-config.ts";
import type { RegistryOptions } from "../registry/registry-options.ts";
import type { BuildRun, LogOptions } from "./build-options.ts";
import { parseBuildArgs, parseImageReference } from "./flag-texts.ts";
import type { warmFlags } from "./flags/warm-flags.ts";
import type { Host } from "./host.ts";
import { readCredentials, readLog, readRegistry } from "./options.ts";
import type { Settled } from "./settle-in-pipeline.ts";

/** Everything that `slipway warm` is asked for. */
export interface WarmOptions {
  readonly images: readonly ImageReference[];
  /** A path; undefined where no Dockerfile is meant. */
  readonly dockerfile: string | undefined;
  /** Where it is looked for first; absolute. */
  readonly workspace: string | undefined;
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly platform: Platform;
  readonly hostPlatform: Platform;
  readonly directory: string;
  readonly force: boolean;
  readonly registry: RegistryOptions;
  readonly credentials: DockerConfigPlaces;
  readonly log: LogOptions;
}

/** What the handler of `slipway warm` calls. Gives the exit code. */
export type RunWarm = (options: WarmOptions, run: BuildRun) => Promise<number>;

/**
 * Turns the settled flags of `slipway warm` into what it is asked for.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readWarmOptions(
  { engine, values }: Pick<Settled<typeof warmFlags>, "engine" | "values">,
  host: Host,
): WarmOptions {
  const { "custom-platform": platform, dockerfile, workspace } = values;
  if (values.image.length === 0 && dockerfile === undefined) {
    throw new UsageError("USAGE_CONFLICT", "no image is named", {
      hint: "Name images with --image, or a Dockerfile with --dockerfile",
    });
  }
  return {
    images: values.image.map((text) => parseImageReference("--image", text)),
    dockerfile,
    workspace: workspace === undefined ? undefined : resolve(workspace),
    buildArgs: parseBuildArgs("--build-arg", values["build-arg"], host.environment),
    platform: platform === undefined ? host.platform : parsePlatform(platform, host.platform),
    hostPlatform: host.platform,
    directory: values["cache-dir"],
    force: values.force,
    registry: readRegistry(values),
    credentials: readCredentials(values, { engine, host }),
    log: readLog(values, host),
  };
}
