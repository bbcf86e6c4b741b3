import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { errnoOf } from "../../errors/filesystem-error.ts";

/** A process, as far as its tracer is concerned. */
interface Traced {
  readonly pid: number;
  readonly parent: number;
  readonly tracer: number;
  readonly isZombie: boolean;
}

/** The process that `tracer` has started itself, if it is there and can be seen. */
export function childOf(tracer: number): number | undefined {
  return processes().find(({ parent, isZombie }) => parent === tracer && !isZombie)?.pid;
}

const retryMs = 2;

/**
 * Kills the child `tracer` of this process, if it is still there, and all that it traces. Version 5.1 of proot does not take its tracees with it, so
 * it is stopped, and goes last.
 */
export async function killTraced(tracer: number): Promise<void> {
  if (!processes().some(({ pid, parent }) => pid === tracer && parent === process.pid)) return;
  send(tracer, "SIGSTOP");
  for (;;) {
    const left = processes().filter(
      ({ parent, tracer: by, isZombie }) => (parent === tracer || by === tracer) && !isZombie,
    );
    if (left.length === 0) break;
    for (const { pid } of left) send(pid, "SIGKILL");
    await setTimeout(retryMs);
  }
  send(tracer, "SIGKILL");
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== "ESRCH") throw error;
  }
}

function processes(): Traced[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const status = statusOf(pid);
    const number = (field: string): number =>
      Number(new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0);
    if (status === "") return [];
    const isZombie = /^State:\s*[ZX]/m.test(status);
    return [{ pid: Number(pid), parent: number("PPid"), tracer: number("TracerPid"), isZombie }];
  });
}

/** Empty for a process that has ended meanwhile. */
function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "latin1");
  } catch {
    return "";
  }
}
