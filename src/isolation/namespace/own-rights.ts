import { readFile } from "node:fs/promises";

/** The rights of this process that limit those of a container. */
export interface OwnRights {
  /** The permitted capabilities as a bit set, numbered as in linux/capability.h. */
  readonly capabilities: bigint;
  /** Whether supplementary groups may be set; a user namespace of a single id forbids it. */
  readonly setsGroups: boolean;
}

/** Reads them from /proc. */
export async function ownRights(): Promise<OwnRights> {
  const status = await readFile("/proc/self/status", "latin1");
  const permitted = /^CapPrm:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  const setgroups = await readFile("/proc/self/setgroups", "latin1");
  return { capabilities: BigInt(`0x${permitted}`), setsGroups: setgroups.trim() !== "deny" };
}
