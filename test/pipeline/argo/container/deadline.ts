import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { processTable, sendSignal } from "../../../../src/isolation/process-table.ts";

export interface DeadlineOptions {
  /** When SIGTERM is sent, in milliseconds from the start. */
  readonly deadline: number | undefined;
  /** From there to SIGKILL, in milliseconds. */
  readonly grace: number;
}

/** How a container ended. */
export interface DeadlineEnd {
  readonly exitCode: number;
  readonly log: string;
  readonly stdout: string;
  readonly timedOut: boolean;
}

const killed = 137;

/** Runs the command of a pod to its end, which a deadline may bring about. */
export async function runToDeadline(
  [program = "", ...args]: readonly string[],
  { deadline, grace }: DeadlineOptions,
): Promise<DeadlineEnd> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const log: Buffer[] = [];
  const stdout: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => void stdout.push(chunk));
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => void log.push(chunk));
  }
  let timedOut = false;
  const end = (): void => {
    timedOut = true;
    terminate(child);
  };
  const kill = (): boolean => child.kill("SIGKILL");
  const timers =
    deadline === undefined ? [] : [setTimeout(end, deadline), setTimeout(kill, deadline + grace)];
  const [code] = (await once(child, "close")) as [number | null];
  for (const timer of timers) clearTimeout(timer);
  const texts = [log, stdout].map((chunks) => Buffer.concat(chunks).toString());
  return { exitCode: code ?? killed, log: texts[0] ?? "", stdout: texts[1] ?? "", timedOut };
}

/** `unshare` keeps the signal from what it runs, which is its only child. */
function terminate(unshare: ChildProcess): void {
  for (const { pid, parent } of processTable()) {
    if (parent === unshare.pid) sendSignal(pid, "SIGTERM");
  }
}
