import { setTimeout } from "node:timers/promises";
import { processTable, sendSignal } from "../process-table.ts";

/** The process that `tracer` has started itself, if it is there and can be seen. */
export function childOf(tracer: number): number | undefined {
  return processTable().find(({ parent, isZombie }) => parent === tracer && !isZombie)?.pid;
}

const retryMs = 2;

/**
 * Kills the child `tracer` of this process, if it is still there, and all that it traces, and waits
 * until they have ended. Version 5.1 of proot does not take its tracees with it. While it is
 * stopped, nothing is started that it does not trace; and who is killed ends when it is gone.
 */
export async function killTraced(tracer: number): Promise<void> {
  if (!processTable().some(({ pid, parent }) => pid === tracer && parent === process.pid)) return;
  sendSignal(tracer, "SIGSTOP");
  const killed = new Set<number>();
  for (let found = true; found; ) {
    const others = processTable().filter(
      ({ pid, parent, tracer: by }) => (parent === tracer || by === tracer) && !killed.has(pid),
    );
    for (const { pid } of others) {
      sendSignal(pid, "SIGKILL");
      killed.add(pid);
    }
    found = others.length > 0;
  }
  sendSignal(tracer, "SIGKILL");
  while (processTable().some(({ pid, isZombie }) => killed.has(pid) && !isZombie)) {
    await setTimeout(retryMs);
  }
}
