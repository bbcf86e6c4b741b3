import { buildFlags } from "./build-flags.ts";
import type { FlagTable } from "./flag.ts";
import { checkFlags } from "./query-flags.ts";

/** The flags of `slipway doctor`: those of the build whose pod and settings it shows. */
export const doctorFlags = {
  ...buildFlags,
  format: checkFlags.format,
} as const satisfies FlagTable;
