import { readdirSync, readFileSync } from "node:fs";
import { errnoOf } from "../errors/filesystem-error.ts";

/** A process that this one sees. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Who traces it; 0 for nobody. */
  readonly tracer: number;
  /** Whether it has ended, and waits for its parent to take note. */
  readonly isZombie: boolean;
}

/** All processes that this one sees, read one by one: some may have ended meanwhile. */
export function processTable(): ProcessEntry[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const status = statusOf(pid);
    if (status === "") return [];
    const number = (field: string): number =>
      Number(new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0);
    const isZombie = /^State:\s*[ZX]/m.test(status);
    return [{ pid: Number(pid), parent: number("PPid"), tracer: number("TracerPid"), isZombie }];
  });
}

/** Empty for a process that has ended meanwhile. */
function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "latin1");
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ESRCH") return "";
    throw error;
  }
}

/** Sends a signal to a process, if it is there still. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== "ESRCH") throw error;
  }
}
