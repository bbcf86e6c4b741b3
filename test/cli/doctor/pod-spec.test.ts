import { expect } from "chai";
import { parse } from "yaml";
import { permittingLines } from "../../../src/cli/doctor/pod-spec.ts";
import type { PodFacts } from "../../../src/isolation/facts/pod-facts.ts";
import { inplaceCapabilities } from "../../../src/isolation/inplace/probe-inplace.ts";
import type { IsolationName } from "../../../src/isolation/isolation.ts";
import { restrictedPod } from "../../support/pod-facts.ts";

interface Case {
  readonly when: string;
  readonly rung: IsolationName;
  readonly pod: Partial<PodFacts>;
  /** The container's securityContext; undefined where no line is needed. */
  readonly wants: unknown;
}

const unconfined = { type: "Unconfined" };
const { root, userNamespaces } = restrictedPod();
const mayMake = { ...userNamespaces, make: { works: true } } as const;
const writableRoot = { ...root, readOnly: false, writable: { works: true } } as const;

const cases: readonly Case[] = [
  {
    when: "seccomp and AppArmor are in the way",
    rung: "namespace",
    pod: {},
    wants: { seccompProfile: unconfined, appArmorProfile: unconfined },
  },
  {
    when: "seccomp alone is in the way",
    rung: "namespace",
    pod: { securityLabel: null },
    wants: { seccompProfile: unconfined },
  },
  {
    when: "AppArmor forbids mounts in namespaces that may be made",
    rung: "namespace",
    pod: { userNamespaces: mayMake },
    wants: { appArmorProfile: unconfined },
  },
  {
    when: "SELinux is no obstacle",
    rung: "namespace",
    pod: { securityLabel: "system_u:system_r:container_t:s0", userNamespaces: mayMake },
    wants: undefined,
  },
  {
    when: "the node itself has no user namespaces",
    rung: "namespace",
    pod: { securityLabel: "unconfined", seccomp: "none" },
    wants: { privileged: true },
  },
  {
    when: "the pod is an ordinary user's, without capabilities and with a read-only root",
    rung: "inplace",
    pod: {},
    wants: {
      runAsUser: 0,
      runAsNonRoot: false,
      readOnlyRootFilesystem: false,
      capabilities: { add: [...inplaceCapabilities] },
    },
  },
  {
    when: "CHOWN was dropped",
    rung: "inplace",
    pod: {
      user: { uid: 0, gid: 0, groups: [] },
      root: writableRoot,
      capabilities: inplaceCapabilities.slice(1).map((name) => `CAP_${name}`),
    },
    wants: { capabilities: { add: ["CHOWN"] } },
  },
  { when: "Yama permits to trace children", rung: "ptrace", pod: {}, wants: undefined },
  {
    when: "Yama permits tracing by a capability only",
    rung: "ptrace",
    pod: { ptraceScope: 2 },
    wants: { capabilities: { add: ["SYS_PTRACE"] } },
  },
  { when: "Yama forbids all", rung: "ptrace", pod: { ptraceScope: 3 }, wants: undefined },
  { when: "nobody can", rung: "emulated", pod: {}, wants: undefined },
];

describe("cli/doctor/pod-spec", () => {
  for (const { when, rung, pod, wants } of cases) {
    it(`permits ${rung} where ${when}`, () => {
      const lines = permittingLines(rung, restrictedPod(pod));

      const expected = wants === undefined ? null : { securityContext: wants };
      expect(parse(lines.join("\n"))).to.deep.equal(expected);
    });
  }
});
