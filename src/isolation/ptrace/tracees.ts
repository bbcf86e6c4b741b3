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
 * Kills the child `tracer` of this process, if it is still there, and all that it traces, and waits
 * until they have ended. Version 5.1 of proot does not take its tracees with it. While it is
 * stopped, nothing is started that it does not trace; and who is killed ends when it is gone.
 */
export async function killTraced(tracer: number): Promise<void> {
  if (!processes().some(({ pid, parent }) => pid === tracer && parent === process.pid)) return;
  send(tracer, "SIGSTOP");
  const killed = new Set<number>();
  for (let found = true; found; ) {
    const others = processes().filter(
      ({ pid, parent, tracer: by }) => (parent === tracer || by === tracer) && !killed.has(pid),
    );
    for (const { pid } of others) {
      send(pid, "SIGKILL");
      killed.add(pid);
    }
    found = others.length > 0;
  }
  send(tracer, "SIGKILL");
  while (processes().some(({ pid, isZombie }) => killed.has(pid) && !isZombie)) {
    await setTimeout(retryMs);
  }
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
