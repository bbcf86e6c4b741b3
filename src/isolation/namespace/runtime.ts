import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { CommandError } from "../../errors/command-error.ts";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { readIfThere } from "../../support/read-if-there.ts";
import type { CommandStreams } from "../isolation.ts";
import { type PipedProgram, startPiped } from "../piped-program.ts";
import { kill, noteRuntime, pidFileIn, readPid } from "./container-processes.ts";

/** A program that runs containers as the OCI runtime specification says. */
export interface Runtime {
  readonly program: "crun" | "runc";
  /** Options in front of its command. */
  readonly options: readonly string[];
  /** Whether it keeps a container from the machine's devices, which takes cgroups. */
  readonly limitsDevices: boolean;
}

/** What became of a container. */
export type ContainerEnd =
  /** Its process ran, and ended with this code; 128 and more may stand for a signal. */
  | { readonly kind: "exited"; readonly code: number }
  /** Its process could not be started; `message` is the runtime's. */
  | { readonly kind: "not-started"; readonly message: string };

export interface Container {
  /** Made by `makeContainerDirectory`. */
  readonly directory: string;
  /** A directory in memory: the runtime is told of secrets here. */
  readonly bundle: string;
  /** The OCI runtime configuration. */
  readonly spec: object;
}

/**
 * Runs a container until it has ended with all its processes. It reads nothing from standard input.
 *
 * @throws ISOLATION_UNAVAILABLE when there is no such runtime, or it is killed.
 * @throws the signal's reason, once the container has ended, when `streams.signal` is aborted.
 */
export async function runContainer(
  runtime: Runtime,
  { directory, bundle, spec }: Container,
  streams: CommandStreams,
): Promise<ContainerEnd> {
  const log = path.join(bundle, "log");
  const pidFile = pidFileIn(directory);
  const state = path.join(bundle, "state");
  await mkdir(state, { mode: 0o700 });
  await writeFile(path.join(bundle, "config.json"), JSON.stringify(spec));
  streams.signal.throwIfAborted();
  const global = [...runtime.options, "--root", state, "--log", log];
  const run = ["run", "--bundle", bundle, "--pid-file", pidFile, `slipway-${randomUUID()}`];
  // The container's environment is in its configuration; the builder's own is none of its business.
  const piped = startPiped(runtime.program, [...global, ...run], {
    env: { PATH: process.env["PATH"] },
    cwd: bundle,
    output: streams.output,
  });
  if (piped.child.pid !== undefined) noteRuntime(directory, piped.child.pid);
  const code = await endOf(piped, { program: runtime.program, pidFile, signal: streams.signal });
  streams.signal.throwIfAborted();
  const started = (await readPid(pidFile)) !== undefined;
  if (started || code === 0) return { kind: "exited", code };
  return { kind: "not-started", message: (await readIfThere(log)).trim() };
}

interface Watch {
  readonly program: string;
  readonly pidFile: string;
  readonly signal: AbortSignal;
}

/** The code with which the runtime ends. Ends the container when aborted or the runtime is lost. */
async function endOf(piped: PipedProgram, { program, pidFile, signal }: Watch): Promise<number> {
  const ended = new AbortController();
  const onAbort = (): void => void killContainer(pidFile, ended.signal);
  signal.addEventListener("abort", onAbort);
  try {
    piped.child.once("exit", (_code, killer) => {
      if (killer !== null) void killOrphan(piped, pidFile);
    });
    const { code, signal: killer } = await piped.closed.catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      const reason = errnoOf(error) === "ENOENT" ? "it is not installed" : message;
      throw unavailable(`cannot run ${program}: ${reason}`, error);
    });
    if (killer === null || signal.aborted) return code ?? 1;
    throw unavailable(`${program} was ended by ${killer}`);
  } finally {
    ended.abort();
    signal.removeEventListener("abort", onAbort);
  }
}

/** Ends the container of a runtime that is no more. */
async function killOrphan(piped: PipedProgram, pidFile: string): Promise<void> {
  const pid = await readPid(pidFile);
  if (pid !== undefined) {
    kill(pid);
    return;
  }
  // Whatever there is of it holds the outputs open.
  piped.dropOutputs();
}

const retryMs = 10;

/** Kills the first process of the container, and the kernel all others of its pid namespace with it. */
async function killContainer(pidFile: string, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    const pid = await readPid(pidFile);
    if (pid !== undefined) {
      kill(pid);
      return;
    }
    // The container is still being set up.
    await setTimeout(retryMs);
  }
}

function unavailable(message: string, cause?: unknown): CommandError {
  return new CommandError("ISOLATION_UNAVAILABLE", message, cause === undefined ? {} : { cause });
}
