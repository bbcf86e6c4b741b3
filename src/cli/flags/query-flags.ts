import { fanOutFlags } from "./fan-out-flags.ts";
import type { FlagTable } from "./flag.ts";
import { inputFlags } from "./input-flags.ts";
import { logFlags } from "./log-flags.ts";
import { outputFlags } from "./output-flags.ts";
import { pipelineFlags } from "./pipeline-flags.ts";
import { registryFlags } from "./registry-flags.ts";

const group = "What is shown";

/** The flags of every command that say which Dockerfile is meant, and how it is to be read. */
export const sourceFlags = {
  dockerfile: inputFlags.dockerfile,
  context: inputFlags.context,
  bucket: inputFlags.bucket,
  "context-sub-path": inputFlags["context-sub-path"],
  git: inputFlags.git,
  "context-max-bytes": inputFlags["context-max-bytes"],
  "context-max-files": inputFlags["context-max-files"],
  "context-max-ratio": inputFlags["context-max-ratio"],
  "build-context": inputFlags["build-context"],
  target: inputFlags.target,
  "build-arg": inputFlags["build-arg"],
  "custom-platform": inputFlags["custom-platform"],
} as const satisfies FlagTable;

/** The flags of `slipway check`. */
export const checkFlags = {
  ...sourceFlags,
  format: {
    kind: "text",
    value: "FORMAT",
    default: "text",
    choices: ["text", "json"],
    group,
    description: "How the answer is written to standard output",
  },
  ...pipelineFlags,
  ...registryFlags,
  ...logFlags,
} as const satisfies FlagTable;

/** The flags of `slipway outline`, which asks no registry unless it is told to. */
export const outlineFlags = {
  ...checkFlags,
  resolve: {
    kind: "switch",
    group,
    description: "Ask registries for the configurations of base images, for their ONBUILD triggers",
  },
} as const satisfies FlagTable;

/** The flags of `slipway plan`. */
export const planFlags = {
  ...outlineFlags,
  destination: outputFlags.destination,
  ...fanOutFlags,
} as const satisfies FlagTable;
