import { deliveryFlags } from "./delivery-flags.ts";
import type { FlagTable } from "./flag.ts";
import { inputFlags } from "./input-flags.ts";

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
  ...deliveryFlags,
} as const satisfies FlagTable;
