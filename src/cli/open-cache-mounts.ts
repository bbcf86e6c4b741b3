import { join, resolve } from "node:path";
import { BuildCaches } from "../build/mounts/build-caches.ts";
import type { CacheDirectories } from "../build/mounts/cache-directories.ts";
import { LastingCaches } from "../build/mounts/lasting-caches.ts";
import { StoredCaches } from "../build/mounts/stored-caches.ts";
import type { KeptImages } from "../cache/kept-images.ts";
import { NumberedImages } from "../cache/numbered-images.ts";
import { RegistryImages } from "../cache/registry-images.ts";
import type { Contents } from "../layer/contents.ts";
import type { Spool } from "../layer/spool.ts";
import type { Logger } from "../log/logger.ts";
import type { RegistryClient } from "../registry/registry-client.ts";
import type { BuildOptions, ImagesPlace } from "./build-options.ts";
import { now, openKeptImages } from "./open-cache.ts";
import type { Rung } from "./rungs/rung.ts";

interface CacheMountParts {
  readonly options: BuildOptions;
  readonly client: RegistryClient;
  readonly contents: Contents;
  readonly spool: Spool;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** The caches of RUN, and what is left to do when no command is running any more. */
export interface CacheMounts {
  /** Caches that have nothing else lie in the rung's directory, which goes with the build. */
  open(rung: Pick<Rung, "directory" | "keepsOwners">): CacheDirectories;
  /** Stores what is to be stored; it does not fail. */
  store(): Promise<void>;
}

/** Opens the caches that options ask for: of this build only, in a directory, or stored as images. */
export function openCacheMounts({ options, client, ...parts }: CacheMountParts): CacheMounts {
  const { directory: kept, mounts } = options.cache;
  const { contents, log } = parts;
  let stored: StoredCaches | undefined;
  return {
    open: ({ directory, keepsOwners }) => {
      const own = new BuildCaches(join(directory, "caches"), contents);
      const directories =
        kept === undefined
          ? own
          : new LastingCaches({
              directory: resolve(join(kept, "mounts")),
              fallback: own,
              keepsOwners,
              contents,
              log,
            });
      if (mounts === undefined) return directories;
      const { place, ...limits } = mounts;
      const images = openMountImages(place, { options, client });
      stored = new StoredCaches({ ...parts, ...limits, keepsOwners, images, directories, now });
      return stored;
    },
    store: async () => stored?.store(),
  };
}

function openMountImages(
  place: ImagesPlace,
  { options, client }: Pick<CacheMountParts, "options" | "client">,
): KeptImages {
  const images = openKeptImages(place, { options, client });
  return images instanceof RegistryImages ? new NumberedImages(images) : images;
}
