import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { actAs } from "../../rootfs/posix-process.ts";
import type { Command, CommandStreams, ExitStatus } from "../isolation.ts";
import { endStrays } from "../stray-processes.ts";

type Child = ChildProcessByStdio<null, Readable, Readable>;

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
  const child = start(command);
  child.stdout.on("data", (chunk: Buffer) => output(chunk, "stdout"));
  child.stderr.on("data", (chunk: Buffer) => output(chunk, "stderr"));
  const onAbort = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", onAbort);
  try {
    const status = await endOf(child, command, streams);
    signal.throwIfAborted();
    return status;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function start({ args, env, cwd, user }: Command): Child {
  const [program = "", ...rest] = args;
  const umask = process.umask(0o022);
  try {
    return actAs(user, () =>
      spawn(program, rest, {
        cwd,
        env: Object.fromEntries(env.map(splitVariable)),
        stdio: ["ignore", "pipe", "pipe"],
        // A session of its own: the terminal's signals are for the builder.
        detached: true,
      }),
    );
  } finally {
    process.umask(umask);
  }
}

function splitVariable(variable: string): [name: string, value: string] {
  const equals = variable.indexOf("=");
  return [variable.slice(0, equals), variable.slice(equals + 1)];
}

async function endOf(
  child: Child,
  { args }: Command,
  { output }: CommandStreams,
): Promise<ExitStatus> {
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    // Whatever the command has left running may hold its outputs open.
    await endStrays();
    await closed;
    return { code: code ?? undefined, signal: signal ?? undefined };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || child.pid !== undefined) throw error;
    output(Buffer.from(`${args[0]}: cannot be run: ${errno}\n`), "stderr");
    return errno === "ENOENT" || errno === "ENOTDIR" ? notFound : notExecutable;
  }
}
