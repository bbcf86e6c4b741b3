import { expect } from "chai";
import type { DoctorReport } from "../../../src/cli/doctor/report.ts";
import { formatDoctorReport } from "../../../src/cli/doctor/report-text.ts";
import { capabilityNames } from "../../../src/isolation/namespace/capabilities.ts";
import { restrictedPod } from "../../support/pod-facts.ts";

const pod = restrictedPod();
const report: DoctorReport = {
  version: "1.2.3",
  rung: "ptrace",
  rungs: [
    {
      name: "namespace",
      works: false,
      refusals: [{ rung: "namespace", reason: "unshare failed", remedy: "permit namespaces" }],
      podSpec: ["securityContext:", "  seccompProfile: { type: Unconfined }"],
    },
    { name: "ptrace", works: true, notes: ["slow"], podSpec: [] },
  ],
  workDirectory: {
    ...pod.root,
    path: "/slipway/tmp",
    readOnly: false,
    writable: { works: true },
  },
  pod,
  pipeline: {
    engine: "tekton",
    settings: [{ flag: "--workspace", value: "/workspace/source", from: "the working directory" }],
  },
  credentials: [{ registry: "registry.test", origin: "/config.json (auths)" }],
};

describe("cli/doctor/report-text", () => {
  it("says what can be done first, and aligns the facts", () => {
    expect(formatDoctorReport(report)).to.equal(
      [
        "slipway 1.2.3, in its step image",
        "RUN can be run here: ptrace",
        "",
        "Ways to run RUN, the strongest first",
        "  namespace  refused: unshare failed",
        "             remedy: permit namespaces",
        "             lines of the container's specification:",
        "                 securityContext:",
        "                   seccompProfile: { type: Unconfined }",
        "  ptrace     works; slow",
        "",
        "Settings, in a step of Tekton",
        "  --workspace  /workspace/source (the working directory)",
        "",
        "Files",
        "  root            / (overlay), read-only, 3 GiB of 10 GiB free",
        "  work directory  /slipway/tmp (overlay), writable, 3 GiB of 10 GiB free",
        "",
        "Pod",
        "  user            uid 1000, gid 1000, groups 2000",
        "  capabilities    none",
        "  seccomp         filter",
        "  no_new_privs    set",
        "  user namespace  the node's",
        "  more of them    refused: EPERM",
        "  chroot          refused: EPERM",
        "  ptrace          Yama scope 1",
        "  landlock        ABI 4",
        "  security label  cri-containerd.apparmor.d (enforce)",
        "  /proc           masked (2 paths)",
        "  memory          limit 256 MiB, reached: 2 killed",
        "  unshare         /slipway/bin/unshare",
        "  runc            missing",
        "",
        "Registry credentials",
        "  registry.test  /config.json (auths)",
        "",
      ].join("\n"),
    );
  });

  it("says what is missing, and what a build would fail of", () => {
    const problem = { code: "SOME_CODE", message: "it is not there", hint: "Put it there" };
    const bare = restrictedPod({
      capabilities: capabilityNames.filter((name) => name !== "CAP_SYS_TIME"),
      securityLabel: null,
      maskedProc: [],
      memory: { limit: null, oomKills: null },
      ptraceScope: null,
      landlockAbi: 0,
      stepImage: false,
    });

    const text = formatDoctorReport({
      ...report,
      rung: null,
      rungs: [],
      workDirectory: problem,
      pod: bare,
      pipeline: { engine: null, settings: [] },
      credentials: problem,
    });

    for (const line of [
      "slipway 1.2.3, outside its step image\nRUN cannot be run here\n\nSettings\n  none  all flags have their defaults\n\nFiles",
      "work directory  it is not there (SOME_CODE); Put it there",
      "capabilities    all but SYS_TIME",
      "ptrace          no Yama",
      "landlock        none",
      "security label  none",
      "/proc           not masked",
      "memory          no limit",
      "Registry credentials\n  error  it is not there (SOME_CODE); Put it there",
    ]) {
      expect(text).to.include(line);
    }
  });

  it("says so where there are no credentials", () => {
    expect(formatDoctorReport({ ...report, credentials: [] })).to.match(/credentials\n {2}none\n$/);
  });
});
