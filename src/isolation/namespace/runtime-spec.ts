import type { Command, FileMount } from "../isolation.ts";
import { capabilityNames, defaultCapabilities } from "./capabilities.ts";
import type { OwnRights } from "./own-rights.ts";
import type { Runtime } from "./runtime.ts";
import { runtimeUser } from "./runtime-user.ts";

/** How a container gets its /proc and /sys: a new one, or the builder's own where the kernel refuses that. */
export interface KernelFiles {
  readonly proc: "fresh" | "bind";
  readonly sys: "fresh" | "bind";
}

/** What a runtime's config.json is made of. */
export interface ContainerPlan {
  /** Absolute path of the root directory. */
  readonly root: string;
  readonly command: Command;
  readonly runtime: Pick<Runtime, "limitsDevices">;
  /** The command's own mounts and /etc files, their targets resolved in the root. */
  readonly mounts: readonly FileMount[];
  /** Devices that a runtime with cgroups must permit beside those that every container has. */
  readonly devices: readonly DeviceRule[];
  readonly kernelFiles: KernelFiles;
  readonly rights: OwnRights;
}

/** A device by its numbers, or without numbers all of them. */
export interface DeviceRule {
  readonly allow: true;
  readonly access: "rwm";
  readonly type?: "b" | "c";
  readonly major?: number;
  readonly minor?: number;
}

interface SpecMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** What Docker hides and write-protects, so that a container can neither read nor steer the machine. */
const maskedPaths = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];
const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** What a sysfs shows of the network namespace that it was mounted for. */
const networkPaths = ["/sys/class/net", "/sys/devices/virtual/net"];

function hiddenPaths({ command, kernelFiles }: ContainerPlan): readonly string[] {
  const isOthers = command.network === "none" && kernelFiles.sys === "bind";
  return isOthers ? [...maskedPaths, ...networkPaths] : maskedPaths;
}

/**
 * The config.json of a container that runs one command: an OCI runtime configuration
 * (opencontainers/runtime-spec 1.0, config.md and config-linux.md). There are no cgroups. The builder
 * is in a user namespace already where it needs one; there is another for a user whose ids that one
 * lacks.
 */
export function runtimeSpec(plan: ContainerPlan): object {
  const { command, rights } = plan;
  const isSandboxed = command.security === "sandbox";
  const { user, mappings, namespaces: own } = runtimeUser(command.user, rights);
  const namespaces = ["pid", "ipc", "uts", "mount", ...own];
  if (command.network === "none") namespaces.push("network");
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user,
      args: command.args,
      env: command.env,
      cwd: command.cwd,
      capabilities: runtimeCapabilities(plan),
      noNewPrivileges: false,
    },
    root: { path: plan.root, readonly: false },
    hostname: command.hostname,
    mounts: [...systemMounts(plan.kernelFiles, isSandboxed), ...plan.mounts.map(commandMount)],
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      ...mappings,
      ...(plan.devices.length === 0 ? {} : { resources: { devices: plan.devices } }),
      ...(isSandboxed ? { maskedPaths: hiddenPaths(plan), readonlyPaths } : {}),
      ...(rights.setsGroups ? {} : { seccomp: ownersThatDoNotMatter }),
    },
  };
}

/**
 * In a user namespace of a single id, all files have one owner, and there are no groups. Programs that
 * ask for others are told that it is done: package managers could not go on otherwise.
 */
const ownersThatDoNotMatter = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [
    {
      names: ["chown", "fchown", "lchown", "fchownat", "setgroups"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: 0,
    },
  ],
} as const;

function runtimeCapabilities({ rights, command, runtime }: ContainerPlan): object {
  const own = capabilityNames.filter(
    (_, bit) => (rights.capabilities & (1n << BigInt(bit))) !== 0n,
  );
  const usual = own.filter((name) => defaultCapabilities.has(name));
  // Who may make device nodes, and is not kept from using them, has the machine's disks.
  const harmless = runtime.limitsDevices ? usual : usual.filter((name) => name !== makesDevices);
  const names = command.security === "insecure" ? own : harmless;
  return { bounding: names, effective: names, permitted: names };
}

const makesDevices = "CAP_MKNOD";

function systemMounts({ proc, sys }: KernelFiles, isSandboxed: boolean): SpecMount[] {
  const locked = ["nosuid", "noexec", "nodev"];
  const access = isSandboxed ? ["ro"] : [];
  return [
    proc === "fresh"
      ? { destination: "/proc", type: "proc", source: "proc", options: locked }
      : { destination: "/proc", type: "bind", source: "/proc", options: ["rbind"] },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
    },
    {
      destination: "/dev/shm",
      type: "tmpfs",
      source: "shm",
      options: [...locked, "mode=1777", "size=65536k"],
    },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: locked },
    sys === "fresh"
      ? { destination: "/sys", type: "sysfs", source: "sysfs", options: [...locked, ...access] }
      : { destination: "/sys", type: "bind", source: "/sys", options: ["rbind", ...access] },
  ];
}

function commandMount(mount: FileMount): SpecMount {
  const access = mount.readOnly === true ? "ro" : "rw";
  if (mount.type === "bind") {
    const options = ["rbind", access];
    return { destination: mount.target, type: "bind", source: mount.source, options };
  }
  const size = mount.sizeBytes === undefined ? [] : [`size=${mount.sizeBytes}`];
  const options = ["nosuid", "nodev", "mode=1777", access, ...size];
  return { destination: mount.target, type: "tmpfs", source: "tmpfs", options };
}
