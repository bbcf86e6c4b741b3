import type { FlagTable } from "./flag.ts";
import { logFlags } from "./log-flags.ts";
import { outputFlags } from "./output-flags.ts";
import { pipelineFlags, resultFlags } from "./pipeline-flags.ts";
import { registryFlags } from "./registry-flags.ts";

/** The flags of commands that push what is there already, beside what they push. */
export const deliveryFlags = {
  destination: outputFlags.destination,
  "skip-push-permission-check": {
    ...outputFlags["skip-push-permission-check"],
    description:
      "Do not find out before anything is sent whether the destinations can be pushed to",
  },
  "digest-file": outputFlags["digest-file"],
  "image-name-with-digest-file": outputFlags["image-name-with-digest-file"],
  "image-name-tag-with-digest-file": outputFlags["image-name-tag-with-digest-file"],
  "image-url-file": outputFlags["image-url-file"],
  ...pipelineFlags,
  result: resultFlags.result,
  ...registryFlags,
  ...logFlags,
} as const satisfies FlagTable;
