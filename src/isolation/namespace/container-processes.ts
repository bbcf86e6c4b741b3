import { writeFileSync } from "node:fs";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { readIfThere } from "../../support/read-if-there.ts";
import { sendSignal } from "../process-table.ts";

const directoryPrefix = "command-";

/** The files of a container that tell its processes. */
const runtimeFile = "runtime";
const firstProcessFile = "pid";

/**
 * Makes the directory of one container, whose files are on disk: in memory only we could see them,
 * and not who supervises us.
 */
export function makeContainerDirectory(workDirectory: string): Promise<string> {
  return mkdtemp(path.join(workDirectory, directoryPrefix));
}

/** The file in which the runtime writes the process id of the container's first process. */
export function pidFileIn(directory: string): string {
  return path.join(directory, firstProcessFile);
}

/** Notes that `pid` is the runtime of the container whose directory is given. */
export function noteRuntime(directory: string, pid: number): void {
  writeFileSync(path.join(directory, runtimeFile), `${pid}`);
}

/** A process id that was written in `file`, if one was. */
export async function readPid(file: string): Promise<number | undefined> {
  const pid = Number.parseInt(await readIfThere(file), 10);
  return pid > 0 ? pid : undefined;
}

/** Kills a process if it is there still; the kernel ends all others of its pid namespace, if it is the first. */
export function kill(pid: number): void {
  sendSignal(pid, "SIGKILL");
}

/**
 * Ends the containers that a builder left behind whose directories are in `workDirectory`. Only for a
 * builder that shared its process ids with us: others' containers end with it.
 */
export async function endContainers(workDirectory: string): Promise<void> {
  for (const name of await readdir(workDirectory)) {
    if (!name.startsWith(directoryPrefix)) continue;
    // A container that is still being set up ends without its runtime, and then no other is made.
    for (const file of [runtimeFile, firstProcessFile]) {
      const pid = await readPid(path.join(workDirectory, name, file));
      if (pid !== undefined) await end(pid);
    }
  }
}

const retryMs = 5;

async function end(pid: number): Promise<void> {
  kill(pid);
  while (await runs(pid)) await setTimeout(retryMs);
}

/** Whether there is such a process, other than one that has ended and waits for its parent. */
async function runs(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ESRCH") return false;
    throw error;
  }
}
