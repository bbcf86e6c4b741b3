import { once } from "node:events";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { actAs } from "../../rootfs/posix-process.ts";
import type { Command, CommandStreams, ExitStatus } from "../isolation.ts";
import { type PipedProgram, startPiped } from "../piped-program.ts";
import { endStrays } from "../stray-processes.ts";

/** What shells say of a program that cannot be started. */
const notFound: ExitStatus = { code: 127, signal: undefined };
const notExecutable: ExitStatus = { code: 126, signal: undefined };

/**
 * Runs a command in the root of this very process, as its user, until it has ended with everything
 * that it started. Its standard input is empty.
 *
 * @throws the signal's reason, once all is ended, when `streams.signal` is aborted.
 */
export async function runNatively(command: Command, streams: CommandStreams): Promise<ExitStatus> {
  const { signal, output } = streams;
  signal.throwIfAborted();
  const program = start(command, output);
  const onAbort = (): void => void program.child.kill("SIGKILL");
  signal.addEventListener("abort", onAbort);
  try {
    const status = await endOf(program, command, output);
    signal.throwIfAborted();
    return status;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function start({ args, env, cwd, user }: Command, output: CommandStreams["output"]): PipedProgram {
  const [program = "", ...rest] = args;
  const options = { cwd, env: Object.fromEntries(env.map(splitVariable)), output };
  const umask = process.umask(0o022);
  try {
    // The pipes are the user's, too, so that it can open them again.
    return actAs(user, () => startPiped(program, rest, options));
  } finally {
    process.umask(umask);
  }
}

function splitVariable(variable: string): [name: string, value: string] {
  const equals = variable.indexOf("=");
  return [variable.slice(0, equals), variable.slice(equals + 1)];
}

async function endOf(
  { child, closed }: PipedProgram,
  { args }: Command,
  output: CommandStreams["output"],
): Promise<ExitStatus> {
  try {
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || child.pid !== undefined) throw error;
    output(Buffer.from(`${args[0]}: cannot be run: ${errno}\n`), "stderr");
    return errno === "ENOENT" || errno === "ENOTDIR" ? notFound : notExecutable;
  }
  // Whatever the command has left running may hold its outputs open.
  await endStrays();
  const { code, signal } = await closed;
  return { code: code ?? undefined, signal: signal ?? undefined };
}
