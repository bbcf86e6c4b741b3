import { readFileSync } from "node:fs";
import { capabilitiesIn } from "../support/parse-capabilities.ts";

/** Numbers as in linux/capability.h. */
const bits = { CHOWN: 0n, DAC_OVERRIDE: 1n, SETFCAP: 31n } as const;

let effective: bigint | undefined;

/**
 * Whether this process may give files away (CHOWN), pass over permission bits (DAC_OVERRIDE), or give
 * programs capabilities (SETFCAP).
 */
export function hasCapability(name: keyof typeof bits): boolean {
  effective ??= capabilitiesIn(readFileSync("/proc/self/status", "latin1"), "CapEff");
  return (effective & (1n << bits[name])) !== 0n;
}
