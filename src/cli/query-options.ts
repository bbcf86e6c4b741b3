import type { PlanRequest } from "../plan/build-plan.ts";
import type { CredentialsPlaces } from "../registry/credentials/credentials-places.ts";
import type { RegistryOptions } from "../registry/registry-options.ts";
import type { BuildRun, LogOptions, SourceOptions } from "./build-options.ts";
import type { checkFlags } from "./flags/query-flags.ts";
import type { Host } from "./host.ts";
import { readCredentials, readLog, readRegistry, readSource } from "./options.ts";
import type { Settled } from "./settle-in-pipeline.ts";
import type { WorkPlaces } from "./work-directory.ts";

/** What a command is asked that only answers. */
export interface QueryOptions extends SourceOptions {
  readonly format: "json" | "text";
  /** Whether registries are asked about base images. */
  readonly resolve: boolean;
  readonly registry: RegistryOptions;
  readonly credentials: CredentialsPlaces;
  readonly workPlaces: WorkPlaces;
  readonly log: LogOptions;
}

/** What the handler of such a command calls. Gives the exit code. */
export type RunQuery = (options: QueryOptions, run: BuildRun) => Promise<number>;

/**
 * Turns the settled flags of a command that only answers into what it is asked.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function readQueryOptions(
  { engine, values }: Pick<Settled<typeof checkFlags>, "engine" | "values">,
  { host, resolve }: { readonly host: Host; readonly resolve: boolean },
): QueryOptions {
  return {
    ...readSource(values, host),
    format: values.format,
    resolve,
    registry: readRegistry(values),
    credentials: readCredentials(values, { engine, host }),
    workPlaces: { given: undefined, ofPipeline: engine?.scratchDirectory },
    log: readLog(values, host),
  };
}

/** What is to be planned of the Dockerfile. */
export function planRequestOf(options: SourceOptions): PlanRequest {
  const { target, buildArgs, hostPlatform, namedContexts, platform } = options;
  return {
    target,
    buildArgs,
    namedContexts,
    buildPlatform: hostPlatform,
    targetPlatform: platform,
  };
}
