import { readdirSync, readFileSync } from "node:fs";

/** Linux tells times in this many ticks a second, on every architecture. */
const ticksPerSecond = 100;

interface ProcessStatus {
  readonly pid: number;
  readonly parent: number;
  /** The most resident memory that it has had so far. */
  readonly peak: number;
  readonly resident: number;
}

/** Resident memory of processes and their descendants: of all together now, and the peak of the largest. */
export function residentSizes(roots: readonly number[]): { total: number; largest: number } {
  const tree = descendants(roots);
  return {
    total: tree.reduce((sum, { resident }) => sum + resident, 0),
    largest: Math.max(0, ...tree.map(({ peak }) => peak)),
  };
}

/** Time on processors, of a process, those that it has waited for, and its descendants that still run. */
export function cpuSeconds(root: number): number {
  return descendants([root])
    .map(({ pid }) => ticksOf(pid) / ticksPerSecond)
    .reduce((sum, seconds) => sum + seconds, 0);
}

function descendants(roots: readonly number[]): readonly ProcessStatus[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => statusOf(pid));
  const tree = new Set(roots);
  // Parents mostly have the lower number; numbers start anew sometimes.
  for (let before = -1; before !== tree.size; ) {
    before = tree.size;
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid);
  }
  return all.filter(({ pid }) => tree.has(pid));
}

function statusOf(pid: string): readonly ProcessStatus[] {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
    return [
      {
        pid: Number(pid),
        parent: field("PPid"),
        peak: field("VmHWM") * 1024,
        resident: field("VmRSS") * 1024,
      },
    ];
  } catch {
    return []; // it has ended meanwhile
  }
}

/** User and system time, own and of children that were waited for: fields 14 to 17 of proc(5)'s stat. */
function ticksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, which is in brackets, may hold spaces; field 3 follows it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  } catch {
    return 0; // it has ended meanwhile
  }
}
