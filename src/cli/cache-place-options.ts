import { join, resolve } from "node:path";
import type { PruneRules } from "../cache/prune.ts";
import { parseByteSize } from "../dockerfile/instructions/byte-size.ts";
import { UsageError } from "../errors/usage-error.ts";
import { formatRepository, type Repository } from "../image/reference.ts";
import type { CredentialsPlaces } from "../registry/credentials/credentials-places.ts";
import type { RegistryOptions } from "../registry/registry-options.ts";
import type { BuildRun, LogOptions } from "./build-options.ts";
import { readDuration, readNamedPlace } from "./cache-options.ts";
import type { cacheListFlags, cachePruneFlags } from "./flags/cache-place-flags.ts";
import type { FlagTable } from "./flags/flag.ts";
import type { Host } from "./host.ts";
import { readCredentials, readLog, readRegistry } from "./options.ts";
import type { Settled } from "./settle-in-pipeline.ts";

/** Where caches are: repositories, directories of layouts, and directories of blobs. */
export interface CachePlaces {
  readonly repositories: readonly Repository[];
  readonly layouts: readonly string[];
  /** The directory that builds name with `--cache-dir`. */
  readonly directory: string | undefined;
}

/** Everything that `slipway cache list` is asked for. */
export interface CacheListOptions {
  readonly places: CachePlaces;
  readonly format: "json" | "text";
  readonly registry: RegistryOptions;
  readonly credentials: CredentialsPlaces;
  readonly log: LogOptions;
}

/** Everything that `slipway cache prune` is asked for. */
export interface CachePruneOptions extends CacheListOptions {
  readonly rules: PruneRules;
  readonly dryRun: boolean;
}

/** What the handlers of these commands call. Gives the exit code. */
export type RunCacheList = (options: CacheListOptions, run: BuildRun) => Promise<number>;
export type RunCachePrune = (options: CachePruneOptions, run: BuildRun) => Promise<number>;

type Given<Table extends FlagTable> = Pick<Settled<Table>, "engine" | "values">;

/**
 * Turns the settled flags of `slipway cache list` into what it is asked for.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readCacheListOptions(
  { engine, values }: Given<typeof cacheListFlags>,
  host: Host,
): CacheListOptions {
  return {
    places: readPlaces(values),
    format: values.format,
    registry: readRegistry(values),
    credentials: readCredentials(values, { engine, host }),
    log: readLog(values, host),
  };
}

/**
 * Turns the settled flags of `slipway cache prune` into what it is asked for.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readCachePruneOptions(
  settled: Given<typeof cachePruneFlags>,
  host: Host,
): CachePruneOptions {
  const { "older-than": age, "max-size": size, "dry-run": dryRun } = settled.values;
  if (age === undefined && size === undefined) {
    throw new UsageError("USAGE_CONFLICT", "nothing is said of what is to go", {
      hint: "Say it with --older-than, --max-size, or both",
    });
  }
  return {
    ...readCacheListOptions(settled, host),
    rules: {
      olderThanMs: age === undefined ? undefined : readDuration("--older-than", age),
      maxBytes: size === undefined ? undefined : readSize("--max-size", size),
    },
    dryRun,
  };
}

function readPlaces({
  "cache-repo": repository,
  "cache-mounts": mounts,
  "cache-dir": directory,
}: Given<typeof cacheListFlags>["values"]): CachePlaces {
  if (repository === undefined && mounts === undefined && directory === undefined) {
    throw new UsageError("USAGE_CONFLICT", "no cache is named", {
      hint: "Name one with --cache-repo, --cache-mounts or --cache-dir",
    });
  }
  const named = [
    ...(repository === undefined ? [] : [readNamedPlace("--cache-repo", repository)]),
    ...(mounts === undefined ? [] : [readNamedPlace("--cache-mounts", mounts)]),
  ];
  const repositories = named.flatMap((place) => ("layouts" in place ? [] : [place]));
  const layouts = named.flatMap((place) => ("layouts" in place ? [place.layouts] : []));
  const steps = directory === undefined ? [] : [resolve(join(directory, "steps"))];
  const byName = new Map(repositories.map((place) => [formatRepository(place), place]));
  return {
    repositories: [...byName.values()],
    layouts: [...new Set([...layouts, ...steps])],
    directory: directory === undefined ? undefined : resolve(directory),
  };
}

function readSize(flag: string, text: string): number {
  const bytes = parseByteSize(text);
  if (bytes !== undefined) return bytes;
  throw new UsageError("USAGE_INVALID_VALUE", `${flag}: ${text} is no size`, {
    hint: "Write it like 10GiB or 500m",
  });
}
