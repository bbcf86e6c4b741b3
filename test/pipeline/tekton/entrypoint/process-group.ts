import { spawn } from "node:child_process";
import { once } from "node:events";
import type { CommandEnd } from "./step-command.ts";

/** How a process group is started and ended, and where its output goes. */
export interface ProcessGroupOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Kills it at once when aborted, as the entrypoint does when the time is up. */
  readonly signal: AbortSignal;
  /** Kills it, given the process id of its leader. All of the group is killed where this is absent. */
  readonly kill?: (leader: number) => void;
  readonly onStdout: (text: string) => void;
  readonly onStderr: (text: string) => void;
}

/** Runs a program as the leader of a process group of its own. */
export async function runProcessGroup(
  [program = "", ...args]: readonly string[],
  { environment, signal, onStdout, onStderr, kill = killGroup }: ProcessGroupOptions,
): Promise<CommandEnd> {
  const child = spawn(program, args, {
    detached: true,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.setEncoding("utf8").on("data", onStdout);
  child.stderr.setEncoding("utf8").on("data", onStderr);
  const onAbort = (): void => kill(child.pid ?? 0);
  signal.addEventListener("abort", onAbort);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return code === null ? { kind: "killed" } : { kind: "exited", code };
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Kills all processes of a group at once. */
export function killGroup(leader: number): void {
  process.kill(-leader, "SIGKILL");
}
