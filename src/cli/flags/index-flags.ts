import type { FlagTable } from "./flag.ts";
import { inputFlags } from "./input-flags.ts";
import { logFlags } from "./log-flags.ts";
import { outputFlags } from "./output-flags.ts";
import { pipelineFlags, resultFlags } from "./pipeline-flags.ts";
import { registryFlags } from "./registry-flags.ts";

/** The flags of `slipway index`. */
export const indexFlags = {
  manifest: {
    kind: "list",
    short: "m",
    value: "REFERENCE",
    group: "What is joined",
    description:
      "An image of the index, or an index whose images are meant, as REPOSITORY:TAG, REPOSITORY@DIGEST, or a digest in the repository of the first destination",
  },
  annotation: {
    ...inputFlags.annotation,
    group: "What is joined",
    description: "An annotation of the index",
  },
  destination: outputFlags.destination,
  "digest-file": outputFlags["digest-file"],
  "image-name-with-digest-file": outputFlags["image-name-with-digest-file"],
  "image-name-tag-with-digest-file": outputFlags["image-name-tag-with-digest-file"],
  "image-url-file": outputFlags["image-url-file"],
  ...pipelineFlags,
  result: resultFlags.result,
  ...registryFlags,
  ...logFlags,
} as const satisfies FlagTable;
