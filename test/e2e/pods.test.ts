import { expect } from "chai";
import type { DoctorReport } from "../../src/cli/doctor/report.ts";
import { runProgram } from "../../src/support/process.ts";
import { BuildYard } from "../support/build-yard.ts";
import { type HostPod, slipwayInPod } from "../support/host-pod.ts";
import { hasPods } from "../support/pods.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("e2e/pods (needs root, and the pods beside the project)", function () {
  this.timeout(120_000);
  let place: TemporaryDirectory;

  before(function () {
    if (!hasPods()) this.skip();
  });

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });

  afterEach(() => place?.[Symbol.asyncDispose]());

  const run = async (pod: HostPod, args: readonly string[]): Promise<Ended> => {
    const [program = "", ...rest] = await slipwayInPod(place, pod, args);
    const result = await runProgram([program, ...rest]);
    if (result.kind !== "exited") throw new Error(JSON.stringify(result));
    const { code, stdout, stderr } = result;
    return { code, stdout: stdout.toString(), stderr: stderr.toString() };
  };

  const examine = async (pod: HostPod, args: readonly string[] = []): Promise<DoctorReport> => {
    const { code, stdout, stderr } = await run(pod, ["doctor", "--format=json", ...args]);
    expect(stderr).to.equal("");
    const report = JSON.parse(stdout) as DoctorReport;
    expect(code).to.equal(report.rung === null ? 1 : 0);
    return report;
  };

  it("shows what a restricted pod is, and what would permit namespaces", async () => {
    const pod = { profile: "restricted", options: ["--group=2000", "--memory=1073741824"] };

    const report = await examine(pod, ["--isolation=namespace"]);

    expect(report.pod).to.deep.include({
      user: { uid: 1000, gid: 1000, groups: [2000] },
      capabilities: [],
      seccomp: "filter",
      noNewPrivileges: true,
      chroot: { works: false, reason: "EPERM" },
    });
    expect(report.pod.userNamespaces.make.works).to.equal(false);
    expect(report.pod.maskedProc).to.include("/proc/sys");
    expect(report.pod.memory.limit).to.equal(1073741824);
    expect(report.workDirectory).to.deep.include({ path: "/tmp", writable: { works: true } });
    expect(report.rung).to.equal(null);
    expect(report.rungs[0]).to.deep.include({
      works: false,
      podSpec: ["securityContext:", "  seccompProfile: { type: Unconfined }"],
    });
  });

  it("shows that a pod without seccomp has namespaces, and overlays in its work directory", async () => {
    const memory = { profile: "unconfined", options: ["--tmpfs=/scratch"] };

    const report = await examine(memory, ["--isolation=namespace", "--work-dir=/scratch"]);

    expect(report.rung).to.equal("namespace");
    expect(report.rungs[0]).to.deep.include({
      works: true,
      notes: ["overlayfs works in the work directory"],
    });
    expect(report.workDirectory).to.include({ path: "/scratch", filesystem: "tmpfs" });
  });

  it("tells a pod without a place for temporary files what to mount", async () => {
    const pod = { profile: "restricted", options: ["--read-only"] };

    const { code, stdout } = await run(pod, ["doctor"]);

    expect(code).to.equal(1);
    expect(stdout).to.include("RUN cannot be run here");
    expect(stdout).to.match(
      /work directory .*\/tmp: it is read-only \(readOnlyRootFilesystem: true\)/,
    );
    expect(stdout).to.include("emptyDir: {}").and.include("mountPath: /tmp");
  });

  describe("building", () => {
    let yard: BuildYard;

    beforeEach(async () => {
      yard = await BuildYard.open();
    });

    afterEach(() => yard?.[Symbol.asyncDispose]());

    const build = async (
      { profile, options = [] }: HostPod,
      args: readonly string[],
    ): Promise<Ended> => {
      const { host } = yard.registry;
      const registries = [`--insecure-registry=${host}`, `--registry-map=docker.io=${host}`];
      const context = await yard.context({
        Dockerfile: "FROM busybox\nRUN tail /dev/zero\n",
      });
      return run({ profile, options: [`--mount=${context}:/workspace:ro`, ...options] }, [
        "build",
        "--no-push",
        ...registries,
        ...args,
      ]);
    };

    it("stops where there is no place for temporary files", async () => {
      const pod = { profile: "restricted", options: ["--read-only"] };

      const { code, stderr } = await build(pod, []);

      expect(code, stderr).to.equal(7);
      expect(stderr).to.include("(WORK_DIRECTORY_UNWRITABLE)").and.include("mountPath: /tmp");
    });

    it("says why a rung is refused, and which line permits it", async () => {
      const text = await build({ profile: "restricted" }, ["--isolation=namespace"]);

      expect(text.code, text.stderr).to.equal(14);
      expect(text.stderr).to.match(
        /^error: this pod permits no way .*\n {2}namespace: .*\nhint: /m,
      );
      expect(text.stderr).to.match(/^ {2}for namespace: .*seccompProfile/m);
    });

    it("states that the pod's memory limit was reached", async () => {
      const pod = { profile: "privileged", options: ["--memory=536870912"] };

      const { code, stderr } = await build(pod, ["--isolation=namespace"]);

      expect(code, stderr).to.equal(4);
      expect(stderr).to.match(/^hint: The pod's memory limit was reached, and the kernel killed /m);
      expect(stderr).to.include("raise resources.limits.memory");
    });
  });
});
