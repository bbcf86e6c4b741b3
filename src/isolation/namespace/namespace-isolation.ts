import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { CommandError } from "../../errors/command-error.ts";
import type { Command, CommandMount, CommandStreams, ExitStatus, Isolation } from "../isolation.ts";
import { type MountPoint, makeDirectoryInRoot, prepareMountPoints } from "../mount-points.ts";
import { resolveInRoot } from "../rooted-path.ts";
import { writeEtcFiles } from "./etc-files.ts";
import { ownRights } from "./own-rights.ts";
import { bundlePrefix, type ContainerEnd, type Runtime, runContainer } from "./runtime.ts";
import { type KernelFiles, runtimeSpec } from "./runtime-spec.ts";

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
  readonly #setup: NamespaceSetup;

  constructor(setup: NamespaceSetup) {
    this.#setup = setup;
  }

  async run(root: string, command: Command, streams: CommandStreams): Promise<ExitStatus> {
    streams.signal.throwIfAborted();
    const bundle = await mkdtemp(path.join(this.#setup.workDirectory, bundlePrefix));
    try {
      const mounts = [...(await writeEtcFiles(bundle, command)), ...command.mounts];
      const points = prepareMountPoints(root, [...systemPoints, ...mounts.map(mountPoint)]);
      try {
        makeWorkingDirectory(root, command.cwd, points.targets);
        const targets = points.targets.slice(systemPoints.length);
        const resolved = mounts.map((mount, at) => withTarget(mount, targets[at]));
        const container = { root, command, mounts: resolved };
        return exitStatus(await this.#runIn(bundle, container, streams));
      } finally {
        points.remove();
      }
    } finally {
      await rm(bundle, { recursive: true, force: true });
    }
  }

  async #runIn(
    bundle: string,
    what: { root: string; command: Command; mounts: readonly CommandMount[] },
    streams: CommandStreams,
  ): Promise<ContainerEnd> {
    const { runtime, kernelFiles } = this.#setup;
    const spec = runtimeSpec({ ...what, kernelFiles, rights: await ownRights() });
    return runContainer(runtime, { bundle, spec }, streams);
  }
}

/** Where the runtime mounts something in every container. */
const systemPoints: readonly MountPoint[] = [
  { target: "/proc", kind: "directory" },
  { target: "/dev", kind: "directory" },
  { target: "/sys", kind: "directory" },
];

function mountPoint(mount: CommandMount): MountPoint {
  const isFile = mount.type === "bind" && !statSync(mount.source).isDirectory();
  return { target: mount.target, kind: isFile ? "file" : "directory" };
}

function withTarget(mount: CommandMount, target = mount.target): CommandMount {
  return { ...mount, target };
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
