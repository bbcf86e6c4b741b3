import { BuilderError, type BuilderErrorOptions } from "./builder-error.ts";
import { redact } from "./redact.ts";

/** A way of running commands that cannot be taken, why, and what would permit it. */
export interface RefusedWay {
  readonly rung: string;
  readonly reason: string;
  readonly remedy: string;
}

export interface CommandErrorOptions extends BuilderErrorOptions {
  /** The command's exit status, where it ended by itself. */
  readonly status?: number;
  /** The signal that ended it, such as `SIGKILL`. */
  readonly signal?: string;
  /** The last lines that the command wrote. */
  readonly lastLines?: readonly string[];
  /** All that was tried in order to run it, strongest first. */
  readonly refusals?: readonly RefusedWay[];
}

/** A command of the Dockerfile failed, or there is no way to run it here. */
export class CommandError extends BuilderError {
  readonly status: number | undefined;
  readonly signal: string | undefined;
  readonly lastLines: readonly string[];
  readonly refusals: readonly RefusedWay[];

  constructor(
    code: "COMMAND_FAILED" | "COMMAND_KILLED" | "ISOLATION_UNAVAILABLE",
    message: string,
    options: CommandErrorOptions = {},
  ) {
    super(code, message, options);
    this.status = options.status;
    this.signal = options.signal;
    this.lastLines = options.lastLines ?? [];
    this.refusals = (options.refusals ?? []).map(({ rung, reason, remedy }) => ({
      rung,
      reason: redact(reason),
      remedy: redact(remedy),
    }));
  }
}
