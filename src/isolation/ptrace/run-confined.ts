import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { CommandError } from "../../errors/command-error.ts";
import {
  type ConfinedMessage,
  type ConfinedProgram,
  type ConfinedThreadData,
  confinedThreadFile,
} from "./confined-thread.ts";

/** What to do when something is heard of the program. */
export interface ConfinedListener {
  readonly started: (pid: number) => void;
  readonly output: (chunk: Buffer, stream: "stdout" | "stderr") => void;
}

/**
 * Runs a program with less rights than this process has, until it has ended and its outputs are
 * closed. It reads nothing from standard input.
 *
 * @throws ISOLATION_UNAVAILABLE when it cannot be started, or not be restricted as it must.
 */
export async function runConfined(
  program: ConfinedProgram,
  listener: ConfinedListener,
): Promise<void> {
  // The threads that Node shares among all are made by whoever needs them first, and inherit its
  // restrictions. That must not be the new thread.
  await access(program.program, constants.X_OK);
  const workerData: ConfinedThreadData = { confinedProgram: program };
  const worker = new Worker(confinedThreadFile, {
    workerData,
    execArgv: [],
    env: {},
    trackUnmanagedFds: false,
  });
  await new Promise<void>((resolve, reject) => {
    let failed: string | undefined = "its thread ended";
    worker.on("message", (message: ConfinedMessage) => {
      if (message.kind === "started") listener.started(message.pid);
      else if (message.kind === "output") {
        listener.output(Buffer.from(message.chunk), message.stream);
      } else failed = message.kind === "failed" ? message.message : undefined;
    });
    worker.once("error", (error) => {
      failed = error.message;
    });
    worker.once("exit", () => {
      if (failed === undefined) resolve();
      else reject(unavailable(`cannot run ${program.program}: ${failed}`));
    });
  });
}

function unavailable(message: string): CommandError {
  return new CommandError("ISOLATION_UNAVAILABLE", message);
}
