import { CommandError } from "../../errors/command-error.ts";
import type { CommandStreams, ExitStatus } from "../isolation.ts";
import type { ConfinedProgram } from "./confined-thread.ts";
import { ProotReport } from "./proot-report.ts";
import { runConfined } from "./run-confined.ts";
import { childOf, killTraced } from "./tracees.ts";

/**
 * Runs proot until its command has ended, and then ends whatever that has left running.
 *
 * @throws ISOLATION_UNAVAILABLE when proot cannot start the command for reasons of its own.
 * @throws the signal's reason, once all has ended, when `streams.signal` is aborted.
 */
export async function runProot(
  program: ConfinedProgram,
  { signal, output }: CommandStreams,
): Promise<ExitStatus> {
  const watch = new Watch();
  const onAbort = (): void => watch.kill();
  signal.addEventListener("abort", onAbort);
  try {
    await runConfined(program, {
      started: (pid) => {
        watch.started(pid);
        if (signal.aborted) watch.kill();
      },
      output: (chunk, stream) => {
        const said = stream === "stdout" ? chunk : watch.read(chunk);
        if (said.length > 0) output(said, stream);
      },
    });
    const rest = watch.report.finish();
    if (rest.length > 0) output(rest, "stderr");
  } finally {
    signal.removeEventListener("abort", onAbort);
    await watch.killed;
  }
  signal.throwIfAborted();
  const { complaint } = watch.report;
  const status = complaint === "" ? watch.status : notStarted(complaint);
  if (status === undefined) throw unavailable("proot does not tell how the command ended");
  if (complaint !== "") output(Buffer.from(`${complaint}\n`), "stderr");
  return status;
}

/** What is known of a running proot. */
class Watch {
  readonly report = new ProotReport();
  #proot: number | undefined;
  #command: number | undefined;
  #killed: Promise<void> | undefined;

  started(pid: number): void {
    this.#proot = pid;
  }

  /** Settled when `kill` is done, if it was called. */
  get killed(): Promise<void> | undefined {
    return this.#killed;
  }

  kill(): void {
    if (this.#proot !== undefined) this.#killed ??= killTraced(this.#proot);
  }

  read(chunk: Buffer): Buffer {
    const said = this.report.read(chunk);
    if (this.#proot === undefined) return said;
    this.#command ??= childOf(this.#proot);
    if (this.report.hasEnds && this.#hasEnded(this.#proot)) this.kill();
    return said;
  }

  get status(): ExitStatus | undefined {
    return this.report.statusOf(this.#command, this.#proot ?? 0);
  }

  /** proot reaps a process before it says so. */
  #hasEnded(proot: number): boolean {
    if (this.#command === undefined) return childOf(proot) === undefined;
    return this.report.statusOf(this.#command, proot) !== undefined;
  }
}

const notFound = /not found|No such file or directory/;
const notExecutable = /not executable|Permission denied|Exec format error|not a regular file/;

/** A program that cannot be started is the command's failure, with the codes that shells use. */
function notStarted(complaint: string): ExitStatus {
  if (notFound.test(complaint)) return { code: 127, signal: undefined };
  if (notExecutable.test(complaint)) return { code: 126, signal: undefined };
  throw unavailable(`proot cannot run the command: ${complaint}`);
}

function unavailable(message: string): CommandError {
  return new CommandError("ISOLATION_UNAVAILABLE", message);
}
