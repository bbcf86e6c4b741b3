import type { PodFacts } from "../../isolation/facts/pod-facts.ts";
import { inplaceCapabilities } from "../../isolation/inplace/probe-inplace.ts";
import type { IsolationName } from "../../isolation/isolation.ts";

/**
 * Lines of YAML for the container in the pod's specification that would permit a rung, no more
 * than it needs. Empty where nothing that a pod can say stands in its way.
 */
export function permittingLines(rung: IsolationName, facts: PodFacts): readonly string[] {
  const lines = linesOf[rung](facts);
  return lines.length === 0 ? [] : ["securityContext:", ...lines.map((line) => `  ${line}`)];
}

const linesOf: Readonly<Record<IsolationName, (facts: PodFacts) => string[]>> = {
  namespace: forNamespace,
  inplace: forInplace,
  emulated: () => [],
  ptrace: forPtrace,
};

function forNamespace({
  capabilities,
  seccomp,
  securityLabel,
  userNamespaces,
}: PodFacts): string[] {
  const makesOwn = userNamespaces.make.works;
  if (makesOwn || capabilities.includes("CAP_SYS_ADMIN")) {
    return isConfined(securityLabel) ? [appArmorUnconfined] : [];
  }
  const lines = [
    ...(seccomp === "filter" ? ["seccompProfile: { type: Unconfined }"] : []),
    ...(isConfined(securityLabel) ? [appArmorUnconfined] : []),
  ];
  // Where no profile forbids it, the node itself does.
  return lines.length === 0 ? ["privileged: true"] : lines;
}

const appArmorUnconfined = "appArmorProfile: { type: Unconfined }";

/** AppArmor shows a profile with its mode, `cri-containerd.apparmor.d (enforce)`; SELinux's labels have no mode. */
function isConfined(label: string | null): boolean {
  return label?.endsWith("(enforce)") ?? false;
}

function forInplace({ capabilities, root, user }: PodFacts): string[] {
  const lacking = inplaceCapabilities.filter((name) => !capabilities.includes(`CAP_${name}`));
  return [
    ...(user.uid === 0 ? [] : ["runAsUser: 0", "runAsNonRoot: false"]),
    ...(root.readOnly ? ["readOnlyRootFilesystem: false"] : []),
    ...(lacking.length === 0 ? [] : [`capabilities: { add: [${lacking.join(", ")}] }`]),
  ];
}

/** Yama: from 2 on only CAP_SYS_PTRACE helps, and at 3 nothing does. */
function forPtrace({ capabilities, ptraceScope }: PodFacts): string[] {
  const isForbidden = ptraceScope === 2 && !capabilities.includes("CAP_SYS_PTRACE");
  return isForbidden ? ["capabilities: { add: [SYS_PTRACE] }"] : [];
}
