import { join, resolve } from "node:path";
import { parseDuration } from "../dockerfile/instructions/duration.ts";
import { isBuilderError } from "../errors/builder-error.ts";
import { UsageError } from "../errors/usage-error.ts";
import type { ImageReference } from "../image/reference.ts";
import type {
  CacheOptions,
  ImagesPlace,
  MountCacheOptions,
  StepCacheOptions,
} from "./build-options.ts";
import { parseCount, parseImageReference } from "./flag-texts.ts";
import type { cacheFlags } from "./flags/cache-flags.ts";
import type { FlagValues } from "./flags/flag.ts";

type Values = FlagValues<typeof cacheFlags>;

const layoutPrefix = "oci:";
const nanosecondsPerMs = 1e6;
const dayMs = 86_400_000;

/**
 * What the flags say of the cache.
 *
 * @throws USAGE_INVALID_VALUE; USAGE_CONFLICT where there is no place for it.
 */
export function readCache(values: Values, destinations: readonly ImageReference[]): CacheOptions {
  const directory = values["cache-dir"];
  const noCache = readNoCache(values["no-cache"]);
  const images = values["cache-from"]
    .flatMap((list) => list.split(","))
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map((text) => parseImageReference("--cache-from", text));
  const kept = { directory, mounts: readMounts(values), images, noCache };
  if (!values.cache) return { ...kept, steps: undefined };
  return {
    ...kept,
    steps: {
      ...readPlaces(values, destinations),
      ttlMs: readDuration("--cache-ttl", values["cache-ttl"]),
      kinds: { run: values["cache-run-layers"], copy: values["cache-copy-layers"] },
      isWritten: !values["no-push-cache"],
    },
  };
}

function readPlaces(
  { "cache-repo": repository, "cache-dir": directory }: Values,
  [destination]: readonly ImageReference[],
): Pick<StepCacheOptions, "place" | "nearby"> {
  const nearby = directory === undefined ? undefined : resolve(join(directory, "steps"));
  if (repository !== undefined) {
    const place = readNamedPlace("--cache-repo", repository);
    return { place, nearby: "layouts" in place ? undefined : nearby };
  }
  if (destination !== undefined) {
    return { place: { registry: destination.registry, path: `${destination.path}/cache` }, nearby };
  }
  if (nearby !== undefined) return { place: { layouts: nearby }, nearby: undefined };
  throw new UsageError("USAGE_CONFLICT", "there is no place for the cache", {
    hint: "Name one with --cache-repo, or with --cache-dir",
  });
}

function readMounts(values: Values): MountCacheOptions | undefined {
  const { "cache-mounts": place, "cache-mounts-max-bytes": limit } = values;
  const maxBytes = parseCount("--cache-mounts-max-bytes", limit);
  if (place === undefined || maxBytes === undefined) return undefined;
  const isWritten = !values["no-push-cache"];
  return { place: readNamedPlace("--cache-mounts", place), maxBytes, isWritten };
}

/**
 * A repository, or a directory of layouts, that a flag names.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function readNamedPlace(flag: string, text: string): ImagesPlace {
  if (text.startsWith(layoutPrefix)) return { layouts: resolve(text.slice(layoutPrefix.length)) };
  const { registry, path, tag, digest } = parseImageReference(flag, text);
  if (tag === undefined && digest === undefined) return { registry, path };
  throw new UsageError("USAGE_INVALID_VALUE", `${flag}: ${text} is more than a repository`, {
    hint: "Leave the tag away: each entry of the cache has one of its own",
  });
}

/**
 * Reads a duration as Go writes it, which may begin with days, in milliseconds.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function readDuration(flag: string, text: string): number {
  const [, days = "0", rest = ""] = /^(?:([0-9]{1,5})d)?(.*)$/s.exec(text) ?? [];
  try {
    const ofDay = rest === "" && text !== "" ? 0 : parseDuration(rest) / nanosecondsPerMs;
    if (ofDay >= 0) return Number(days) * dayMs + ofDay;
  } catch (error) {
    if (!isBuilderError(error)) throw error;
  }
  throw new UsageError("USAGE_INVALID_VALUE", `${flag}: ${text} is no duration`, {
    hint: "Write it like 14d, 336h or 90m",
  });
}

function readNoCache(text = "false"): CacheOptions["noCache"] {
  if (/^(1|t|true)$/i.test(text)) return "all";
  if (/^(0|f|false)$/i.test(text)) return [];
  return text.split(",").map((name) => name.trim().toLowerCase());
}
