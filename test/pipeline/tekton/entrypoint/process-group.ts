import { spawn } from "node:child_process";
import { once } from "node:events";
import type { CommandEnd } from "./step-command.ts";

/** How a process group is started and ended, and where its output goes. */
export interface ProcessGroupOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Kills all of the group at once when aborted, as the entrypoint does when the time is up. */
  readonly signal: AbortSignal;
  readonly onStdout: (text: string) => void;
  readonly onStderr: (text: string) => void;
}

/** Runs a program as the leader of a process group of its own. */
export async function runProcessGroup(
  [program = "", ...args]: readonly string[],
  { environment, signal, onStdout, onStderr }: ProcessGroupOptions,
): Promise<CommandEnd> {
  const child = spawn(program, args, {
    detached: true,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.setEncoding("utf8").on("data", onStdout);
  child.stderr.setEncoding("utf8").on("data", onStderr);
  const kill = (): void => void process.kill(-(child.pid ?? 0), "SIGKILL");
  signal.addEventListener("abort", kill);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return code === null ? { kind: "killed" } : { kind: "exited", code };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}
