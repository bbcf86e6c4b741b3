import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";

/** How a run of slipway ended, and what it wrote. */
export interface SlipwayResult {
  /** Undefined when a signal ended the process before it could exit by itself. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SlipwayOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** A program that starts slipway, with its arguments: `setpriv`, say. */
  readonly launcher?: readonly string[];
  /** What it reads from standard input; nothing where absent. */
  readonly input?: string | Uint8Array;
}

/** A slipway process that has been started. */
export interface RunningSlipway {
  readonly process: ChildProcess;
  readonly result: Promise<SlipwayResult>;
}

const entry = path.resolve("src/cli/main.ts");

/** Starts slipway as a user would, with the environment of the tests and `options.environment`. */
export function startSlipway(
  args: readonly string[],
  options: SlipwayOptions = {},
): RunningSlipway {
  const line = [...(options.launcher ?? []), process.execPath, entry, ...args];
  const child = spawn(line[0] ?? "", line.slice(1), {
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    env: { ...process.env, ...options.environment },
  });
  // Who does not read it has ended before.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input);
  return { process: child, result: resultOf(child) };
}

async function resultOf(child: ChildProcess): Promise<SlipwayResult> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("slipway has no output pipes");
  const [out, err, [code]] = await Promise.all([text(stdout), text(stderr), once(child, "close")]);
  return { exitCode: (code as number | null) ?? undefined, stdout: out, stderr: err };
}
