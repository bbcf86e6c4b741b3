import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { cpuSeconds, residentSizes } from "./process-tree.ts";

/** What one run of a program cost. */
export interface Measurement {
  readonly milliseconds: number;
  /** Time on processors, of the program and all that it started. */
  readonly cpuMilliseconds: number;
  /** Peak of the resident memory of the program and all that it started, added up; sampled. */
  readonly treePeakBytes: number;
  /** Peak of the resident memory of the largest single process among them. */
  readonly processPeakBytes: number;
}

const sampleMilliseconds = 50;

/**
 * The shell starts the program, and then writes to descriptor 3 what itself and all that it waited for took.
 * The program does not get that descriptor: what it leaves running would keep it open.
 */
const timing = '"$@" 3>&-; code=$?; times >&3; exit $code';

/**
 * Runs a program to its end, and fails with what it wrote when it fails. `daemon` is a process that works for it: what
 * that takes meanwhile is counted too.
 */
export async function measure(command: readonly string[], daemon?: number): Promise<Measurement> {
  const before = daemon === undefined ? 0 : cpuSeconds(daemon);
  const start = performance.now();
  const child = spawn("sh", ["-c", timing, "sh", ...command], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const [, said, complained, timed] = child.stdio;
  const roots = [child.pid ?? 0, ...(daemon === undefined ? [] : [daemon])];
  const memory = { tree: 0, process: 0 };
  const sampling = setInterval(() => {
    const sizes = residentSizes(roots);
    memory.tree = Math.max(memory.tree, sizes.total);
    memory.process = Math.max(memory.process, sizes.largest);
  }, sampleMilliseconds);
  const [stdout, stderr, times, [code]] = await Promise.all([
    text(said as Readable),
    text(complained as Readable),
    text(timed as Readable),
    once(child, "close"),
  ]);
  const milliseconds = performance.now() - start;
  clearInterval(sampling);
  if (code !== 0) throw new Error(`${command.join(" ")} failed: ${stdout}${stderr}`);
  const byDaemon = daemon === undefined ? 0 : cpuSeconds(daemon) - before;
  return {
    milliseconds,
    cpuMilliseconds: (secondsOfTimes(times) + byDaemon) * 1000,
    treePeakBytes: memory.tree,
    processPeakBytes: memory.process,
  };
}

/** The cost of programs that ran one after another. */
export function inTurn(parts: readonly Measurement[]): Measurement {
  const sum = (key: "milliseconds" | "cpuMilliseconds"): number =>
    parts.reduce((total, part) => total + part[key], 0);
  return {
    milliseconds: sum("milliseconds"),
    cpuMilliseconds: sum("cpuMilliseconds"),
    treePeakBytes: Math.max(...parts.map((part) => part.treePeakBytes)),
    processPeakBytes: Math.max(...parts.map((part) => part.processPeakBytes)),
  };
}

/** The sum of what the shell's `times` prints: user and system time of itself and of its children, as `1m2.34s`. */
function secondsOfTimes(printed: string): number {
  return [...printed.matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds))
    .reduce((total, part) => total + part, 0);
}
