import type { FlagTable } from "./flag.ts";
import { inputFlags } from "./input-flags.ts";
import { logFlags } from "./log-flags.ts";
import { checkFlags } from "./query-flags.ts";

/** The flags of `slipway doctor`. */
export const doctorFlags = {
  isolation: inputFlags.isolation,
  force: inputFlags.force,
  "work-dir": inputFlags["work-dir"],
  format: checkFlags.format,
  ...logFlags,
} as const satisfies FlagTable;
