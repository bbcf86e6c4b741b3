import { UsageError } from "../errors/usage-error.ts";
import type { ImageConfig } from "./config.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import type { Index } from "./manifest.ts";
import { mediaTypes } from "./media-type.ts";
import { formatFullPlatform, normalizePlatform, type Platform } from "./platform.ts";

/** An image that an index is to list. */
export interface IndexEntry {
  /** How messages call it: what the user wrote. */
  readonly name: string;
  /** Of its manifest. */
  readonly descriptor: Descriptor;
  readonly platform: Platform;
}

/**
 * An index of these images, in their order. It is a Docker manifest list where all of them are Docker's
 * and there are no annotations, for which a list has no place.
 *
 * @throws USAGE_CONFLICT when two of them are for one platform, which clients would choose between by chance.
 */
export function makeIndex(
  entries: readonly IndexEntry[],
  annotations: ReadonlyMap<string, string>,
): Index {
  assertDistinct(entries);
  const isDocker = entries.every(
    ({ descriptor }) => descriptor.mediaType === mediaTypes.dockerManifest,
  );
  return {
    schemaVersion: 2,
    mediaType: isDocker && annotations.size === 0 ? mediaTypes.dockerIndex : mediaTypes.ociIndex,
    manifests: entries.map(({ descriptor: { mediaType, digest, size }, platform }) => ({
      mediaType,
      digest,
      size,
      platform,
    })),
    ...(annotations.size === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  };
}

/** The entries without those whose manifest is there already. */
export function distinctEntries<Entry extends IndexEntry>(entries: readonly Entry[]): Entry[] {
  const byDigest = new Map<Digest, Entry>();
  for (const entry of entries) {
    const { digest } = entry.descriptor;
    if (!byDigest.has(digest)) byDigest.set(digest, entry);
  }
  return [...byDigest.values()];
}

/** What an image runs on, by its configuration, and by the index it was listed in where that says more. */
export function platformOf(config: ImageConfig, listed: Platform | undefined): Platform {
  const { os, architecture } = config;
  return { architecture, os, ...detailsOf(listed), ...detailsOf(config) };
}

const details = ["os.version", "os.features", "variant"] as const;

/** What is said beside system and architecture; what is empty says nothing. */
function detailsOf(of: Partial<Platform> = {}): Partial<Platform> {
  const said = details.filter((name) => (of[name] ?? "").length > 0);
  return Object.fromEntries(said.map((name) => [name, of[name]]));
}

function assertDistinct(entries: readonly IndexEntry[]): void {
  const names = new Map<string, string>();
  for (const { name, platform } of entries) {
    const key = formatFullPlatform(normalizePlatform(platform));
    const other = names.get(key);
    if (other !== undefined) {
      throw new UsageError(
        "USAGE_CONFLICT",
        `there are two images for ${key}: ${other} and ${name}`,
        { hint: "An index has one image for each platform: leave one of them out" },
      );
    }
    names.set(key, name);
  }
}
