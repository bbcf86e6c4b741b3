import { CommandError, type CommandErrorOptions } from "../../errors/command-error.ts";
import type { Command, ExitStatus } from "../../isolation/isolation.ts";

/** How a command failed, and what is known of the pod meanwhile. */
export interface RunFailure {
  readonly status: ExitStatus;
  readonly lastLines: readonly string[];
  /** How many processes of the pod were killed meanwhile because its memory limit was reached; undefined where that is not known. */
  readonly oomKills: number | undefined;
  /** The directory that the command's files are in, where its disk is full. */
  readonly fullDirectory: string | undefined;
}

/** The error of a command that failed, with the best advice that there is. */
export function runFailure(command: Command, failure: RunFailure): CommandError {
  const { status, lastLines } = failure;
  const hint = hintOf(failure);
  const options: CommandErrorOptions = { lastLines, ...(hint === undefined ? {} : { hint }) };
  const process = `process "${command.args.join(" ")}" did not complete successfully`;
  if (status.signal !== undefined) {
    const message = `${process}: killed by ${status.signal}`;
    return new CommandError("COMMAND_KILLED", message, { ...options, signal: status.signal });
  }
  const code = status.code ?? -1;
  const message = `${process}: exit code: ${code}`;
  return new CommandError("COMMAND_FAILED", message, { ...options, status: code });
}

const hints: Readonly<Record<number, string>> = {
  126: "The program was found but cannot be executed; is it built for this platform?",
  127: "The program was not found; check PATH, and that the base image has a shell",
};

const raiseMemory = "raise resources.limits.memory of the container";

function hintOf({ status, oomKills = 0, fullDirectory }: RunFailure): string | undefined {
  if (oomKills > 0) return killedHint(oomKills);
  if (fullDirectory !== undefined) {
    return `The disk that ${fullDirectory} is on is full; raise emptyDir.sizeLimit of its volume or resources.limits.ephemeral-storage, or name a larger volume with --work-dir`;
  }
  // 128+9 is how a shell says it.
  if (status.signal === "SIGKILL" || status.code === 137) return killedHint(oomKills);
  return hints[status.code ?? -1];
}

/** What to do about a SIGKILL, given how many processes the kernel has killed for want of memory. */
export function killedHint(oomKills: number): string {
  return oomKills > 0
    ? `The pod's memory limit was reached, and the kernel killed a process (${oomKills} in all); ${raiseMemory}`
    : `SIGKILL is what a pod's memory limit looks like when it is reached; if that is it, ${raiseMemory}`;
}
