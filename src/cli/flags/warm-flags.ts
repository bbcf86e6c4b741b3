import { cacheDirectoryFlags } from "./cache-flags.ts";
import type { FlagTable } from "./flag.ts";
import { inputFlags } from "./input-flags.ts";
import { logFlags } from "./log-flags.ts";
import { pipelineFlags } from "./pipeline-flags.ts";
import { registryFlags } from "./registry-flags.ts";

const group = "What is kept";

/** The flags of `slipway warm`: names and letters are those of kaniko's warmer, not of its executor. */
export const warmFlags = {
  image: {
    kind: "list",
    short: "i",
    value: "REFERENCE",
    group,
    description: "An image to keep",
  },
  dockerfile: {
    kind: "text",
    short: "d",
    value: "PATH",
    group,
    description:
      "A Dockerfile whose images are kept, those that its stages start from and those that it copies from: a file, an http or https address, or - for standard input",
  },
  "build-arg": { ...inputFlags["build-arg"], group },
  "custom-platform": {
    ...inputFlags["custom-platform"],
    group,
    description: "The platform whose images are kept, instead of this machine's",
  },
  "cache-dir": {
    ...cacheDirectoryFlags["cache-dir"],
    short: "c",
    default: "/cache",
    group,
    description: "The directory that keeps them, for builds to name with their --cache-dir",
  },
  force: {
    kind: "switch",
    short: "f",
    group,
    description: "Fetch also what is there",
  },
  "cache-ttl": {
    kind: "text",
    value: "DURATION",
    group,
    description:
      "Taken for the sake of kaniko's steps: what is kept goes by digest, and does not become old",
  },
  ...pipelineFlags,
  ...registryFlags,
  ...logFlags,
} as const satisfies FlagTable;
