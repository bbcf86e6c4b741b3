import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { errnoOf } from "../errors/filesystem-error.ts";

export interface ProgramOptions {
  /** The program's whole environment; this process' own where absent. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** What the program reads from its standard input; nothing where absent. */
  readonly input?: string | Uint8Array;
  /** Ends the program with SIGKILL when aborted. */
  readonly signal?: AbortSignal;
  /** How much of each of the two outputs is kept. Default 1 MiB. */
  readonly outputLimitBytes?: number;
}

/**
 * How a helper program ended.
 * - `exited`: by itself, with a code.
 * - `killed`: by a signal that did not come from us.
 * - `not-started`: never ran; `errno` is `ENOENT` when there is no such program.
 */
export type ProgramResult =
  | ({ readonly kind: "exited"; readonly code: number } & ProgramOutput)
  | ({ readonly kind: "killed"; readonly signal: string } & ProgramOutput)
  | { readonly kind: "not-started"; readonly errno: string };

export interface ProgramOutput {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Whether more was written than `outputLimitBytes`; the rest was dropped. */
  readonly truncated: boolean;
}

const helpers = new Set<number>();

/** The process ids of the helper programs that run now. */
export function runningHelpers(): ReadonlySet<number> {
  return helpers;
}

/**
 * Runs a helper program to its end. `argv` goes to the kernel as it is: no shell reads it, and the
 * program is looked up in PATH when its name has no slash. Failing is a result, not an exception.
 *
 * @throws the signal's reason when `options.signal` is aborted; the program has ended by then.
 */
export async function runProgram(
  argv: readonly [string, ...string[]],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  options.signal?.throwIfAborted();
  const child = startProgram(argv, options);
  const limit = options.outputLimitBytes ?? 1024 * 1024;
  const stdout = keepUpTo(limit, child.stdout);
  const stderr = keepUpTo(limit, child.stderr);
  const kill = (): void => {
    child.kill("SIGKILL");
    // What the program started may hold these open for longer than it lives.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  options.signal?.addEventListener("abort", kill);
  try {
    const ended = await endOf(child);
    options.signal?.throwIfAborted();
    if (ended.kind === "not-started") return ended;
    const truncated = stdout.overflow() || stderr.overflow();
    return { ...ended, stdout: stdout.bytes(), stderr: stderr.bytes(), truncated };
  } finally {
    if (child.pid !== undefined) helpers.delete(child.pid);
    options.signal?.removeEventListener("abort", kill);
  }
}

function startProgram(
  [program, ...args]: readonly [string, ...string[]],
  { cwd, env, input }: ProgramOptions,
): ChildProcessWithoutNullStreams {
  const child = spawn(program, args, {
    stdio: "pipe",
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
  });
  if (child.pid !== undefined) helpers.add(child.pid);
  // A program that ends without reading its input breaks the pipe; its exit status tells more.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  return child;
}

type End =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "not-started"; readonly errno: string };

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      const errno = errnoOf(error);
      if (errno === undefined) reject(error);
      else resolve({ kind: "not-started", errno });
    });
    child.once("close", (code, signal) => {
      if (signal !== null) resolve({ kind: "killed", signal });
      else resolve({ kind: "exited", code: code ?? 0 });
    });
  });
}

function keepUpTo(
  limit: number,
  stream: NodeJS.ReadableStream,
): { bytes: () => Buffer; overflow: () => boolean } {
  const chunks: Buffer[] = [];
  let kept = 0;
  let overflow = false;
  stream.on("data", (chunk: Buffer) => {
    const room = limit - kept;
    if (chunk.length > room) overflow = true;
    if (room <= 0) return;
    const part = chunk.subarray(0, room);
    chunks.push(part);
    kept += part.length;
  });
  return { bytes: () => Buffer.concat(chunks), overflow: () => overflow };
}
