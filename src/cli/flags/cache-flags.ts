import type { FlagTable } from "./flag.ts";

const group = "Caching";

/** The flags that say what is kept of base images. */
export const cacheDirectoryFlags = {
  "cache-dir": {
    kind: "text",
    value: "PATH",
    group,
    description:
      "A directory that keeps the layers of base images and of cached steps, and what RUN --mount=type=cache holds, between builds, which may share it",
  },
} as const satisfies FlagTable;

/** The flags that say what is kept of steps. */
export const cacheFlags = {
  cache: {
    kind: "switch",
    group,
    description: "Take layers of steps from earlier builds, and keep new ones for later",
  },
  "cache-repo": {
    kind: "text",
    value: "REPOSITORY",
    group,
    description:
      "Where layers of steps are kept: a repository, or oci:DIR for a directory; by default cache below the first destination, else in --cache-dir",
  },
  "cache-from": {
    kind: "list",
    value: "IMAGE",
    group,
    description:
      "An image whose layers are taken where they are known to be what the steps would make, also without --cache; several with commas between them",
  },
  ...cacheDirectoryFlags,
  "cache-ttl": {
    kind: "text",
    value: "DURATION",
    default: "336h",
    group,
    description: "How old a layer of the cache may be",
  },
  "cache-copy-layers": {
    kind: "switch",
    default: "true",
    group,
    description: "Whether layers of COPY and ADD are cached",
  },
  "cache-run-layers": {
    kind: "switch",
    default: "true",
    group,
    description: "Whether layers of RUN and WORKDIR are cached",
  },
  "no-push-cache": {
    kind: "switch",
    group,
    description: "Take layers and cache mounts from the cache, but add none",
  },
  "cache-mounts": {
    kind: "text",
    value: "REPOSITORY",
    group,
    description:
      "Where RUN --mount=type=cache finds what earlier builds left, and leaves it for later ones: a repository, or oci:DIR for a directory",
  },
  "cache-mounts-max-bytes": {
    kind: "text",
    value: "BYTES",
    default: "2147483648",
    group,
    description: "Cache mounts with more bytes are not stored with --cache-mounts",
  },
  "no-cache": {
    kind: "text",
    value: "STAGES",
    bare: "true",
    group,
    description:
      "Make all steps anew, or those of the stages that are named, with commas between them; the cache gets the new layers",
  },
} as const satisfies FlagTable;
