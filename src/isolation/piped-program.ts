import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import { makePipe } from "../rootfs/posix-process.ts";

/** How a program ended: one of both is set. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that runs, without input, in a session of its own. */
export interface PipedProgram {
  readonly child: ChildProcess;
  /** Settled when it has ended and its outputs are closed; rejected when it could not be started. */
  readonly closed: Promise<ProgramEnd>;
  /** Waits no longer for whoever holds the outputs open. */
  readonly dropOutputs: () => void;
}

export type PipedOptions = Pick<SpawnOptions, "cwd" | "env"> & {
  /** Receives what the program writes, as it comes. */
  readonly output: (chunk: Buffer, stream: "stdout" | "stderr") => void;
};

/**
 * Starts a program with pipes for its outputs, as containers have them. Those that Node makes are
 * sockets, which a program cannot open again by `/dev/stdout`.
 */
export function startPiped(
  program: string,
  args: readonly string[],
  { output, ...options }: PipedOptions,
): PipedProgram {
  const pipes = { stdout: makePipe(), stderr: makePipe() };
  const child = spawn(program, args, {
    ...options,
    stdio: ["ignore", pipes.stdout.writeEnd, pipes.stderr.writeEnd],
    // Out of the terminal's reach: its signals are for the builder.
    detached: true,
  });
  const ended = once(child, "exit") as Promise<[ProgramEnd["code"], ProgramEnd["signal"]]>;
  const outputs = (["stdout", "stderr"] as const).map((name) => {
    const { readEnd, writeEnd } = pipes[name];
    closeSync(writeEnd);
    const stream = new Socket({ fd: readEnd, readable: true, writable: false });
    stream.on("data", (chunk) => output(chunk, name));
    return { stream, closed: once(stream, "close") };
  });
  const closed = Promise.all([ended, ...outputs.map((each) => each.closed)]).then(
    ([[code, signal]]) => ({ code, signal }),
  );
  // Whoever is interested has a look later.
  closed.catch(() => undefined);
  const dropOutputs = (): void => {
    for (const { stream } of outputs) stream.destroy();
  };
  return { child, closed, dropOutputs };
}
