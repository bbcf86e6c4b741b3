import { setTimeout } from "node:timers/promises";
import { CommandError } from "../errors/command-error.ts";
import { reap } from "../rootfs/posix-process.ts";
import { runningHelpers } from "../support/process.ts";
import { processTable, sendSignal } from "./process-table.ts";

const retryMs = 2;
const rounds = 5000;

/**
 * Ends every process below this one that is not a helper program of its own, and takes note of
 * their ends. They come to be below this process, wherever they came from, when `becomeSubreaper` was
 * called before they were started.
 *
 * @throws ISOLATION_UNAVAILABLE when one does not end within some ten seconds.
 */
export async function endStrays(): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const strays = straysBelow(process.pid, runningHelpers());
    if (strays.length === 0) return;
    for (const pid of strays) sendSignal(pid, "SIGKILL");
    for (const pid of strays) reap(pid);
    await setTimeout(retryMs);
  }
  const left = straysBelow(process.pid, runningHelpers());
  if (left.length === 0) return;
  throw new CommandError(
    "ISOLATION_UNAVAILABLE",
    `processes of a command do not end: ${left.join(", ")}`,
  );
}

/** All processes below `parent`, but for `spared` ones and what is below these. */
function straysBelow(parent: number, spared: ReadonlySet<number>): number[] {
  const children = Map.groupBy(processTable(), (entry) => entry.parent);
  const found: number[] = [];
  const waiting = [parent];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const { pid } of children.get(at) ?? []) {
      if (spared.has(pid)) continue;
      found.push(pid);
      waiting.push(pid);
    }
  }
  return found;
}
