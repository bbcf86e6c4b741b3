import { readlinkSync } from "node:fs";
import { processTable, sendSignal } from "../../../../src/isolation/process-table.ts";
import { killGroup } from "../entrypoint/process-group.ts";

/**
 * Kills the processes of the container that a command of `podCommand` runs, so that the pod program
 * can still clean up. `leader` is that command's process. Before there is a container, all is killed.
 */
export function killContainer(leader: number): void {
  const outside = readlinkSync(`/proc/${leader}/ns/pid_for_children`);
  const inside = descendants(leader).filter((pid) => {
    const namespace = namespaceOf(pid);
    return namespace !== undefined && namespace !== outside;
  });
  if (inside.length === 0) killGroup(leader);
  for (const pid of inside) sendSignal(pid, "SIGKILL");
}

/** All processes below one, those above others first. */
function descendants(parent: number): readonly number[] {
  const children = Map.groupBy(processTable(), (entry) => entry.parent);
  const found: number[] = [];
  const waiting = [parent];
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    const below = (children.get(at) ?? []).map(({ pid }) => pid);
    found.push(...below);
    waiting.push(...below);
  }
  return found;
}

/** Undefined for a process that has ended meanwhile. */
function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}
