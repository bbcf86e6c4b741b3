import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { text } from "node:stream/consumers";

/** What one run of a program cost. */
export interface Measurement {
  readonly milliseconds: number;
  /** Peak of the resident memory of the program and all that it started, added up; sampled. */
  readonly treePeakBytes: number;
  /** Peak of the resident memory of the largest single process among them. */
  readonly processPeakBytes: number;
}

const sampleMilliseconds = 25;

/** Runs a program to its end, and fails with what it wrote when it fails. */
export async function measure(command: readonly string[]): Promise<Measurement> {
  const start = performance.now();
  const child = spawn(command[0] ?? "", command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
  const memory = { tree: 0, process: 0 };
  const sampling = setInterval(() => {
    const sizes = residentSizes(child.pid ?? 0);
    memory.tree = Math.max(memory.tree, sizes.total);
    memory.process = Math.max(memory.process, sizes.largest);
  }, sampleMilliseconds);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  clearInterval(sampling);
  if (code !== 0) throw new Error(`${command.join(" ")} failed: ${stdout}${stderr}`);
  return {
    milliseconds: performance.now() - start,
    treePeakBytes: memory.tree,
    processPeakBytes: memory.process,
  };
}

/** The cost of programs that ran one after another. */
export function inTurn(parts: readonly Measurement[]): Measurement {
  return {
    milliseconds: parts.reduce((sum, part) => sum + part.milliseconds, 0),
    treePeakBytes: Math.max(...parts.map((part) => part.treePeakBytes)),
    processPeakBytes: Math.max(...parts.map((part) => part.processPeakBytes)),
  };
}

/** Resident memory now of a process and its descendants. */
function residentSizes(root: number): { total: number; largest: number } {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => statusOf(pid));
  const tree = new Set([root]);
  // Parents are older than their children, and mostly have the lower number; two rounds find all.
  for (let round = 0; round < 2; round += 1) {
    for (const { pid, parent } of processes) if (tree.has(parent)) tree.add(pid);
  }
  const sizes = processes.filter(({ pid }) => tree.has(pid)).map(({ bytes }) => bytes);
  return { total: sizes.reduce((sum, size) => sum + size, 0), largest: Math.max(0, ...sizes) };
}

function statusOf(pid: string): readonly { pid: number; parent: number; bytes: number }[] {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
    return [{ pid: Number(pid), parent: field("PPid"), bytes: field("VmRSS") * 1024 }];
  } catch {
    return []; // it has ended meanwhile
  }
}
