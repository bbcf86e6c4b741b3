import type { FlagTable } from "./flag.ts";

export const cacheFlags = {
  "cache-dir": {
    kind: "text",
    value: "PATH",
    group: "Caching",
    description:
      "A directory that keeps the layers of base images between builds, which may share it",
  },
} as const satisfies FlagTable;
