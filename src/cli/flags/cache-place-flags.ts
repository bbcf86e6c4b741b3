import { cacheFlags } from "./cache-flags.ts";
import type { FlagTable } from "./flag.ts";
import { logFlags } from "./log-flags.ts";
import { pipelineFlags } from "./pipeline-flags.ts";
import { checkFlags } from "./query-flags.ts";
import { registryFlags } from "./registry-flags.ts";

const group = "Which cache";

const placeFlags = {
  "cache-repo": {
    ...cacheFlags["cache-repo"],
    group,
    description: "A repository that builds keep layers of steps in, or oci:DIR for a directory",
  },
  "cache-mounts": {
    ...cacheFlags["cache-mounts"],
    group,
    description: "A repository that builds keep cache mounts in, or oci:DIR for a directory",
  },
  "cache-dir": {
    ...cacheFlags["cache-dir"],
    group,
    description: "A directory that builds keep base images, layers of steps and cache mounts in",
  },
} as const satisfies FlagTable;

const otherFlags = {
  format: checkFlags.format,
  ...pipelineFlags,
  ...registryFlags,
  ...logFlags,
} as const satisfies FlagTable;

/** The flags of `slipway cache list`. */
export const cacheListFlags = { ...placeFlags, ...otherFlags } as const satisfies FlagTable;

const rules = "What goes";

/** The flags of `slipway cache prune`. */
export const cachePruneFlags = {
  ...placeFlags,
  "older-than": {
    kind: "text",
    value: "DURATION",
    group: rules,
    description: "Entries of this age and older ones: 14d, 336h, 1d12h",
  },
  "max-size": {
    kind: "text",
    value: "SIZE",
    group: rules,
    description:
      "The oldest entries, until the rest is no larger than this, in all places together: 10GiB, 500m",
  },
  "dry-run": { kind: "switch", group: rules, description: "Say what would go, and remove nothing" },
  ...otherFlags,
} as const satisfies FlagTable;
