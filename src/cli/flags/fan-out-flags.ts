import type { FlagTable } from "./flag.ts";

const group = "Builds in several pods";

/** The flags that say what is taken apart into units. */
const sourceOfUnits = {
  "build-file": {
    kind: "text",
    value: "PATH",
    group,
    description: "A file that describes images and what they need of each other",
  },
  var: {
    kind: "list",
    value: "NAME=VALUE",
    group,
    description: "A variable of the build file, before those of the environment",
  },
  "run-id": {
    kind: "text",
    value: "TEXT",
    group,
    description:
      "What tells this run of a pipeline from all others, for the names of stages that pods hand over",
  },
} as const satisfies FlagTable;

/** The flags of `slipway build` for one unit of a plan. */
export const unitFlags = {
  unit: {
    kind: "text",
    value: "ID",
    group,
    description:
      "Build this unit of slipway plan --fan-out, of the build file or else of the Dockerfile",
  },
  ...sourceOfUnits,
} as const satisfies FlagTable;

/** The flags of `slipway plan` that make it list units. */
export const fanOutFlags = {
  "fan-out": {
    kind: "switch",
    group,
    description:
      "List the units that pods can build by themselves, in waves, of the build file or else of the Dockerfile",
  },
  ...sourceOfUnits,
  wave: {
    kind: "text",
    value: "NUMBER",
    group,
    description: "Print the ids of this wave only, from 1 on, as a JSON list; [] after the last",
  },
  "plan-file": {
    kind: "list",
    value: "[NUMBER=]FILE",
    group,
    description:
      "Write the ids of wave NUMBER, or else what is printed, as JSON without a newline; more waves than the highest NUMBER are an error",
  },
} as const satisfies FlagTable;
