import type { PodFacts } from "../../src/isolation/facts/pod-facts.ts";

const refused = { works: false, reason: "EPERM" } as const;

/** A pod of the restricted policy in the step image, with what `more` says instead. */
export function restrictedPod(more: Partial<PodFacts> = {}): PodFacts {
  return {
    user: { uid: 1000, gid: 1000, groups: [2000] },
    capabilities: [],
    seccomp: "filter",
    noNewPrivileges: true,
    stepImage: true,
    userNamespaces: { inOwn: false, uidMap: [[0, 0, 4294967295]], make: refused },
    chroot: refused,
    ptraceScope: 1,
    landlockAbi: 4,
    securityLabel: "cri-containerd.apparmor.d (enforce)",
    maskedProc: ["/proc/kcore", "/proc/sys"],
    root: {
      path: "/",
      filesystem: "overlay",
      readOnly: true,
      writable: { works: false, reason: "EROFS" },
      freeBytes: 3 * 1024 ** 3,
      totalBytes: 10 * 1024 ** 3,
    },
    memory: { limit: 256 * 1024 ** 2, oomKills: 2 },
    programs: { unshare: "/slipway/bin/unshare", runc: null },
    ...more,
  };
}
