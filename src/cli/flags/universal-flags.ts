import type { FlagTable } from "./flag.ts";

/** The flags of every command. */
export const universalFlags = {
  help: { kind: "switch", short: "h", group: "Help", description: "Show this help" },
  version: { kind: "switch", group: "Help", description: "Show the version" },
} as const satisfies FlagTable;
