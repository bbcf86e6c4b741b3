/**
 * The effective or the permitted capabilities that a text as of proc_pid_status(5) tells, as a bit set
 * numbered as in linux/capability.h; none where it does not tell.
 */
export function capabilitiesIn(status: string, set: "CapEff" | "CapPrm"): bigint {
  const digits = new RegExp(`^${set}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1];
  return BigInt(`0x${digits ?? "0"}`);
}
