import { logFormats, logLevels } from "../../log/levels.ts";
import type { FlagTable } from "./flag.ts";

const group = "What is said";

export const logFlags = {
  verbosity: {
    kind: "text",
    short: "v",
    value: "LEVEL",
    default: "info",
    choices: logLevels,
    group,
    description: "How much is said on standard error",
  },
  "log-format": {
    kind: "text",
    value: "FORMAT",
    default: "color",
    choices: logFormats,
    group,
    description:
      "Lines for people, in colour where standard error is a terminal and NO_COLOR is not set, or JSON lines",
  },
  "log-timestamp": {
    kind: "switch",
    group,
    description: "Begin the lines for people with the time",
  },
} as const satisfies FlagTable;
