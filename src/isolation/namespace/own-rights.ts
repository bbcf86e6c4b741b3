import { readFile } from "node:fs/promises";
import { CommandError } from "../../errors/command-error.ts";
import { inUserNamespace, type OwnerIds, ownerIds } from "../../rootfs/owner-ids.ts";
import { capabilitiesIn } from "../../support/parse-capabilities.ts";
import { capabilityNames } from "./capabilities.ts";

/** The rights of this process that limit those of a container. */
export interface OwnRights {
  /** The permitted capabilities as a bit set, numbered as in linux/capability.h. */
  readonly capabilities: bigint;
  /** Whether supplementary groups may be set; a user namespace of a single id forbids it. */
  readonly setsGroups: boolean;
  /** The ids that its processes can have. */
  readonly ids: OwnerIds;
}

/** Reads them from /proc. */
export async function ownRights(): Promise<OwnRights> {
  const status = await readFile("/proc/self/status", "latin1");
  const setgroups = await readFile("/proc/self/setgroups", "latin1");
  return {
    capabilities: capabilitiesIn(status, "CapPrm"),
    setsGroups: setgroups.trim() !== "deny",
    ids: ownerIds(),
  };
}

/**
 * Makes sure that a command of `--security=insecure` gets what it is promised: this process is the
 * machine's root, with all capabilities that its kernel has.
 *
 * @throws ISOLATION_UNAVAILABLE
 */
export async function assertUnlimited(rights: OwnRights): Promise<void> {
  const last = Number(await readFile("/proc/sys/kernel/cap_last_cap", "latin1"));
  const lacking = lackingCapabilities(rights, capabilityNames.slice(0, last + 1));
  if (inUserNamespace()) throw limited("is root in a user namespace only");
  if (lacking.length > 0) throw limited(`lacks ${lacking.join(", ")}`);
}

/** Those of `names`, such as `CAP_SETFCAP`, that are not among the permitted capabilities. */
export function lackingCapabilities(
  { capabilities }: Pick<OwnRights, "capabilities">,
  names: readonly string[],
): readonly string[] {
  return names.filter(
    (name) => (capabilities & (1n << BigInt(capabilityNames.indexOf(name)))) === 0n,
  );
}

function limited(reason: string): CommandError {
  return new CommandError(
    "ISOLATION_UNAVAILABLE",
    `--security=insecure is not possible here: slipway ${reason}`,
    { hint: "Only a privileged pod permits it; most commands do without" },
  );
}
