import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { writeBusyboxRoot } from "../../../support/busybox-image.ts";
import { type ProcessGroupOptions, runProcessGroup } from "./process-group.ts";
import { type RunCommand, reasonNotToStart } from "./step-command.ts";
import { StepFiles } from "./step-files.ts";

/** A directory with busybox and what Tekton mounts into a step, all in one; for `chroot`. */
export interface BusyboxRoot {
  readonly path: string;
  readonly files: StepFiles;
}

/** Whether commands can be run in one: that needs root. */
export const hasChroot = process.getuid?.() === 0;

/** Makes one in `directory`, which must not exist. */
export async function makeBusyboxRoot(directory: string): Promise<BusyboxRoot> {
  await writeBusyboxRoot(directory);
  for (const name of ["artifacts", "creds", "home", "results", "run", "steps"]) {
    mkdirSync(path.join(directory, "tekton", name), { recursive: true });
  }
  const files = new StepFiles(new Map([["/", directory]]));
  return { path: directory, files };
}

/** Begins a step in there: each container has a termination message of its own. */
export function startContainer({ path: root }: BusyboxRoot): void {
  writeFileSync(path.join(root, "tekton/termination"), "");
}

/** Runs commands in there, as root. */
export function runInRoot(
  root: BusyboxRoot,
  output: Pick<ProcessGroupOptions, "onStdout" | "onStderr">,
): RunCommand {
  return async (command) => {
    const reason = reasonNotToStart(root.files, command);
    if (reason !== undefined) return { kind: "failed", reason };
    const { argv, environment, signal } = command;
    const chroot = ["/bin/busybox", "chroot", root.path, ...argv];
    return runProcessGroup(chroot, { environment, signal, ...output });
  };
}
