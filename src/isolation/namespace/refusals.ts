import type { Refusal } from "../refusal.ts";

/** What the kernel wants of whoever maps other ids than its own, root's among them (user_namespaces(7)). */
export const mappingCapabilities = ["CAP_SETUID", "CAP_SETGID", "CAP_SETFCAP"];

/**
 * For namespaces that unshare(1) did not get; `reason` is what it said, and `lacking` what would be
 * in the way next.
 */
export function cannotUnshare(reason: string, lacking: readonly string[]): Refusal {
  const capabilities = lacking.length === 0 ? "" : ` and ${addCapabilities(lacking)}`;
  return {
    rung: "namespace",
    reason: `namespaces cannot be made (${reason})`,
    remedy: `${remedyFor(reason)}${capabilities}`,
  };
}

function addCapabilities(names: readonly string[]): string {
  return `capabilities: {add: [${names.map((name) => name.replace("CAP_", "")).join(", ")}]}`;
}

const unconfinedSeccomp = "in the securityContext, seccompProfile: {type: Unconfined}";
const unconfinedAppArmor = "in the securityContext, appArmorProfile: {type: Unconfined}";
const stepImage = "use slipway's step image, or put unshare, and crun or runc, into slipway's PATH";
const namespaceLimit = "raise the sysctl user.max_user_namespaces of the node";

function remedyFor(reason: string): string {
  if (reason.includes("ENOENT")) return stepImage;
  if (reason.includes("No space left")) return namespaceLimit;
  // Seccomp's default profile refuses namespaces; AppArmor's permits them, and no mount in them.
  return /propagation|mount/.test(reason) ? unconfinedAppArmor : unconfinedSeccomp;
}

/** For a user namespace whose ids cannot be mapped; `lacking` are capabilities. */
export function cannotMap(reason: string, lacking: readonly string[]): Refusal {
  return {
    rung: "namespace",
    reason: `ids cannot be mapped into a user namespace (${reason})`,
    remedy: `in the securityContext, ${addCapabilities(lacking)}`,
  };
}

/** For namespaces in which no runtime can make a container; `reasons` are the runtimes'. */
export function noContainer(reasons: readonly string[]): Refusal {
  const isMissing = reasons.every((reason) => reason.endsWith("it is not installed"));
  return {
    rung: "namespace",
    reason: `no container can be made (${reasons.join("; ")})`,
    remedy: isMissing ? stepImage : `${unconfinedAppArmor} and seccompProfile: {type: Unconfined}`,
  };
}
