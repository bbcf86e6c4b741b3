import { capabilitiesIn } from "../../support/parse-capabilities.ts";
import { capabilityNames } from "../namespace/capabilities.ts";

/** What the kernel lets a process do: `/proc/PID/status`, as of proc_pid_status(5). */
export interface ProcessRights {
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  /** Names of the effective capabilities, such as `CAP_CHOWN`, in the order of their numbers. */
  readonly capabilities: readonly string[];
  readonly seccomp: "none" | "strict" | "filter";
  /** What allowPrivilegeEscalation: false sets. */
  readonly noNewPrivileges: boolean;
}

const seccompModes = ["none", "strict", "filter"] as const;

/** Reads the text of `/proc/PID/status`. What it does not say counts as not permitted and not set. */
export function parseProcessStatus(status: string): ProcessRights {
  const numbers = (name: string): number[] => {
    const value = new RegExp(`^${name}:(.*)$`, "m").exec(status)?.[1] ?? "";
    return value.split(/\s+/).filter(Boolean).map(Number);
  };
  const effective = capabilitiesIn(status, "CapEff");
  return {
    // The second of four is the effective one.
    user: {
      uid: numbers("Uid")[1] ?? 0,
      gid: numbers("Gid")[1] ?? 0,
      groups: numbers("Groups"),
    },
    capabilities: capabilityNames.filter((_, bit) => (effective & (1n << BigInt(bit))) !== 0n),
    seccomp: seccompModes[numbers("Seccomp")[0] ?? 0] ?? "none",
    noNewPrivileges: numbers("NoNewPrivs")[0] === 1,
  };
}
