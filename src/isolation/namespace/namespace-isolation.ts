import { rm } from "node:fs/promises";
import path from "node:path";
import { CommandError } from "../../errors/command-error.ts";
import { aptSandboxMount } from "../apt-sandbox.ts";
import { writeEtcFiles } from "../etc-files.ts";
import type { Command, CommandStreams, ExitStatus, Isolation } from "../isolation.ts";
import { withPlacedMounts } from "../place-mounts.ts";
import { writeSecretFiles } from "../secret-files.ts";
import { makeContainerDirectory } from "./container-processes.ts";
import { deviceRules } from "./device-rules.ts";
import { withMemoryDirectory } from "./memory-directory.ts";
import { assertUnlimited, ownRights } from "./own-rights.ts";
import { type ContainerEnd, type Runtime, runContainer } from "./runtime.ts";
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
        // Groups can be set where there are any.
        const apt = rights.setsGroups ? [] : aptSandboxMount(root, bundle);
        const wanted = [...(await writeEtcFiles(bundle, command)), ...apt, ...command.mounts];
        const site = { root, cwd: command.cwd, mounts: writeSecretFiles(bundle, wanted) };
        return withPlacedMounts(site, async (mounts) => {
          const devices = deviceRules(command, mounts);
          const spec = runtimeSpec({ ...this.#setup, root, command, mounts, devices, rights });
          const container = { directory, bundle, spec };
          return exitStatus(await runContainer(this.#setup.runtime, container, streams));
        });
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
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
