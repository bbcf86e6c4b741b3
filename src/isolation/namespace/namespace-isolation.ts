import { statSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { CommandError } from "../../errors/command-error.ts";
import type { Command, CommandStreams, ExitStatus, Isolation } from "../isolation.ts";
import { type MountPoint, makeDirectoryInRoot, prepareMountPoints } from "../mount-points.ts";
import { resolveInRoot } from "../rooted-path.ts";
import { makeContainerDirectory } from "./container-processes.ts";
import { deviceRules } from "./device-rules.ts";
import { writeEtcFiles } from "./etc-files.ts";
import { withMemoryDirectory } from "./memory-directory.ts";
import { assertUnlimited, ownRights } from "./own-rights.ts";
import { type ContainerEnd, type Runtime, runContainer } from "./runtime.ts";
import { type KernelFiles, type RuntimeMount, runtimeSpec } from "./runtime-spec.ts";
import { writeSecretFiles } from "./secret-files.ts";

/** How containers are made here; `probeNamespace` finds out. */
export interface NamespaceSetup {
  /** An absolute path; what a command needs while it runs is kept there. */
  readonly workDirectory: string;
  readonly runtime: Runtime;
  readonly kernelFiles: KernelFiles;
}

/** Runs each command in a container of its own, made by crun or runc. */
export class NamespaceIsolation implements Isolation {
  readonly name = "namespace";
  readonly mounts = "kernel";
  readonly #setup: NamespaceSetup;

  constructor(setup: NamespaceSetup) {
    this.#setup = setup;
  }

  async run(root: string, command: Command, streams: CommandStreams): Promise<ExitStatus> {
    streams.signal.throwIfAborted();
    const rights = await ownRights();
    if (command.security === "insecure") await assertUnlimited(rights);
    const directory = await makeContainerDirectory(this.#setup.workDirectory);
    const bundle = path.join(directory, "memory");
    try {
      return await withMemoryDirectory(bundle, async () => {
        const mounts = [...(await writeEtcFiles(bundle, command)), ...command.mounts];
        return withMountPoints(root, writeSecretFiles(bundle, mounts), async (placed, covered) => {
          makeWorkingDirectory(root, command.cwd, covered);
          const devices = deviceRules(command, placed);
          const plan = { ...this.#setup, root, command, mounts: placed, devices, rights };
          const spec = runtimeSpec(plan);
          const container = { directory, bundle, spec };
          return exitStatus(await runContainer(this.#setup.runtime, container, streams));
        });
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

/** Where the runtime mounts something in every container. */
const systemPoints: readonly MountPoint[] = [
  { target: "/proc", kind: "directory" },
  { target: "/dev", kind: "directory" },
  { target: "/sys", kind: "directory" },
];

/**
 * Calls `use` while all of `mounts` have mount points in `root`: with the mounts, their targets
 * resolved, and with all paths that are covered then.
 */
async function withMountPoints<T>(
  root: string,
  mounts: readonly RuntimeMount[],
  use: (placed: readonly RuntimeMount[], covered: readonly string[]) => Promise<T>,
): Promise<T> {
  for (const { target } of systemPoints) makeDirectoryInRoot(root, target);
  const points = prepareMountPoints(root, [...systemPoints, ...mounts.map(mountPoint)]);
  try {
    const targets = points.targets.slice(systemPoints.length);
    const placed = mounts.map((mount, at) => ({ ...mount, target: targets[at] ?? mount.target }));
    return await use(placed, points.targets);
  } finally {
    points.remove();
  }
}

function mountPoint(mount: RuntimeMount): MountPoint {
  const isFile = mount.type === "bind" && !statSync(mount.source).isDirectory();
  return { target: mount.target, kind: isFile ? "file" : "directory" };
}

/** Unless it lies in a mount, a missing working directory becomes part of the image. */
function makeWorkingDirectory(root: string, cwd: string, mounted: readonly string[]): void {
  const resolved = resolveInRoot(root, cwd);
  if (mounted.some((target) => `${resolved}/`.startsWith(`${target}/`))) return;
  makeDirectoryInRoot(root, resolved);
}

/** What the runtimes say of a program that is not there, and of one that is none. */
const notFound = /executable file .*not found|exec.*: no such file or directory/i;
const notExecutable = /exec.*: (permission denied|operation not permitted)/i;

/**
 * A program that cannot be started is the command's failure, with the codes that shells use; the
 * runtime has said so on the command's standard error.
 */
function exitStatus(end: ContainerEnd): ExitStatus {
  if (end.kind === "exited") return { code: end.code, signal: undefined };
  if (notFound.test(end.message)) return { code: 127, signal: undefined };
  if (notExecutable.test(end.message)) return { code: 126, signal: undefined };
  throw new CommandError("ISOLATION_UNAVAILABLE", `the container cannot be made: ${end.message}`);
}
