import { cacheFlags } from "./cache-flags.ts";
import { unitFlags } from "./fan-out-flags.ts";
import type { FlagTable } from "./flag.ts";
import { inputFlags } from "./input-flags.ts";
import { logFlags } from "./log-flags.ts";
import { outputFlags } from "./output-flags.ts";
import { pipelineFlags, resultFlags } from "./pipeline-flags.ts";
import { registryFlags } from "./registry-flags.ts";

/** The flags of `slipway build`: the one place that parser, environment, help and documents read. */
export const buildFlags = {
  ...inputFlags,
  ...outputFlags,
  ...pipelineFlags,
  ...resultFlags,
  ...unitFlags,
  ...registryFlags,
  ...cacheFlags,
  ...logFlags,
} as const satisfies FlagTable;
