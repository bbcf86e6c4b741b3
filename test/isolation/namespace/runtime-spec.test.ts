import { expect } from "chai";
import type { Command } from "../../../src/isolation/isolation.ts";
import { type ContainerPlan, runtimeSpec } from "../../../src/isolation/namespace/runtime-spec.ts";

const command: Command = {
  args: ["/bin/sh"],
  env: ["A=b"],
  cwd: "/w",
  user: { uid: 1, gid: 2, additionalGids: [3] },
  mounts: [],
  network: "host",
  security: "sandbox",
  hostname: "name",
};

const allIds = { diskUid: (uid: number) => uid, diskGid: (gid: number) => gid };

const plan: ContainerPlan = {
  root: "/root",
  command,
  mounts: [],
  devices: [],
  kernelFiles: { proc: "fresh", sys: "fresh" },
  rights: { capabilities: (1n << 41n) - 1n, setsGroups: true, ids: allIds },
  runtime: { limitsDevices: true },
};

interface Spec {
  readonly process: {
    readonly user: { readonly additionalGids: readonly number[] };
    readonly capabilities: { readonly effective: readonly string[] };
  };
  readonly mounts: readonly {
    readonly destination: string;
    readonly type: string;
    readonly options: readonly string[];
  }[];
  readonly linux: {
    readonly namespaces: readonly { readonly type: string }[];
    readonly maskedPaths: readonly string[];
    readonly seccomp?: { readonly syscalls: readonly { readonly names: readonly string[] }[] };
  };
}

const specOf = (more: Partial<ContainerPlan>): Spec => runtimeSpec({ ...plan, ...more }) as Spec;

const namespacesFor = (network: Command["network"]): string[] =>
  specOf({ command: { ...command, network } }).linux.namespaces.map(({ type }) => type);

const hidesNetwork = (more: Partial<ContainerPlan>): boolean =>
  specOf(more).linux.maskedPaths.includes("/sys/class/net");

describe("isolation/namespace/runtime-spec", () => {
  it("lets owners be set without effect where there is a single id only", () => {
    const rights = { ...plan.rights, setsGroups: false };

    expect(specOf({ rights }).linux.seccomp?.syscalls[0]?.names).to.include("fchownat");
    expect(specOf({}).linux.seccomp).to.equal(undefined);
  });

  it("takes the command as it is", () => {
    expect(runtimeSpec(plan)).to.deep.include({
      root: { path: "/root", readonly: false },
      hostname: "name",
    });
    expect(specOf({}).process).to.deep.include({
      args: ["/bin/sh"],
      env: ["A=b"],
      cwd: "/w",
      user: { uid: 1, gid: 2, umask: 0o022, additionalGids: [3] },
      noNewPrivileges: false,
    });
  });

  it("gives Docker's default capabilities", () => {
    expect(specOf({}).process.capabilities.effective).to.have.lengthOf(14);
  });

  it("lets nobody make device nodes where the runtime does not limit their use", () => {
    const { effective } = specOf({ runtime: { limitsDevices: false } }).process.capabilities;

    expect(effective).to.have.lengthOf(13);
    expect(effective).to.not.include("CAP_MKNOD");
  });

  it("gives no capability that slipway itself lacks", () => {
    const rights = { ...plan.rights, capabilities: 0b1000_0001n };

    expect(specOf({ rights }).process.capabilities.effective).to.deep.equal([
      "CAP_CHOWN",
      "CAP_SETUID",
    ]);
  });

  it("gives an insecure command all that slipway has, and hides nothing", () => {
    const { process, mounts, linux } = specOf({ command: { ...command, security: "insecure" } });

    expect(process.capabilities.effective).to.have.lengthOf(41);
    expect(process.capabilities.effective).to.include("CAP_SYS_ADMIN");
    expect(linux).to.have.all.keys("namespaces");
    expect(mounts.find(({ destination }) => destination === "/sys")?.options).not.to.include("ro");
  });

  it("sets no groups where the kernel forbids it", () => {
    const rights = { ...plan.rights, setsGroups: false };

    expect(specOf({ rights }).process.user.additionalGids).to.deep.equal([]);
  });

  it("has a network namespace only for a command without network", () => {
    expect(namespacesFor("host")).to.deep.equal(["pid", "ipc", "uts", "mount"]);
    expect(namespacesFor("none")).to.deep.equal(["pid", "ipc", "uts", "mount", "network"]);
  });

  it("hides a network that is not the command's", () => {
    const bound = { kernelFiles: { proc: "bind", sys: "bind" } } as const;
    const none: Command = { ...command, network: "none" };
    expect(hidesNetwork({ ...bound, command: none })).to.equal(true);
    expect(hidesNetwork({ command: none })).to.equal(false);
    expect(hidesNetwork(bound)).to.equal(false);
  });

  it("binds the builder's /proc and /sys where new ones are refused", () => {
    const { mounts } = specOf({ kernelFiles: { proc: "bind", sys: "bind" } });

    const kernel = mounts.filter(({ destination }) => ["/proc", "/sys"].includes(destination));
    expect(kernel).to.deep.equal([
      { destination: "/proc", type: "bind", source: "/proc", options: ["rbind"] },
      { destination: "/sys", type: "bind", source: "/sys", options: ["rbind", "ro"] },
    ]);
  });

  it("mounts what the command asks for after what every container has", () => {
    const { mounts } = specOf({
      mounts: [
        { type: "bind", source: "/s", target: "/t", readOnly: true },
        { type: "tmpfs", target: "/u", sizeBytes: 4096 },
      ],
    });

    expect(mounts.slice(-2)).to.deep.equal([
      { destination: "/t", type: "bind", source: "/s", options: ["rbind", "ro"] },
      {
        destination: "/u",
        type: "tmpfs",
        source: "tmpfs",
        options: ["nosuid", "nodev", "mode=1777", "rw", "size=4096"],
      },
    ]);
  });
});
