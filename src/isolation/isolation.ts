/** The rungs of the ladder, strongest first (docs/isolation.md). */
export type IsolationName = "namespace" | "inplace" | "emulated" | "ptrace";

/** Whose process a command is; numbers as the image sees them. */
export interface CommandUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
}

/** Something that appears at `target` for the time of one command. */
export type CommandMount =
  | {
      readonly type: "bind";
      /** Absolute path on this machine: a file, directory or socket. */
      readonly source: string;
      /** Absolute path in the image. */
      readonly target: string;
      readonly readOnly: boolean;
    }
  | { readonly type: "tmpfs"; readonly target: string; readonly sizeBytes?: number };

/** One command of a RUN instruction, resolved. */
export interface Command {
  /** Program and arguments; the program is looked up in the environment's PATH inside the root. */
  readonly args: readonly string[];
  /** `NAME=value` */
  readonly env: readonly string[];
  /** Absolute path in the image; made with octal 755 where it is missing. */
  readonly cwd: string;
  readonly user: CommandUser;
  readonly mounts: readonly CommandMount[];
  readonly network: "host" | "none";
  readonly hostname: string;
}

/** How a command ended: one of both is set. */
export interface ExitStatus {
  readonly code: number | undefined;
  /** Such as `SIGKILL`. */
  readonly signal: string | undefined;
}

export interface CommandStreams {
  /** Ends the command, and everything it started, when aborted. */
  readonly signal: AbortSignal;
  /** Receives what the command writes, as it comes. */
  readonly output: (chunk: Uint8Array, stream: "stdout" | "stderr") => void;
}

/**
 * Runs commands in a root directory, kept apart from the builder as far as the rung can.
 *
 * When `run` returns or throws, no process that the command started is alive, nothing is mounted in
 * `root`, and what had to be made there for mounts (mount points and their parents, resolv.conf,
 * hosts) is gone again, modification times of directories included.
 */
export interface Isolation {
  readonly name: IsolationName;
  /**
   * @throws ISOLATION_UNAVAILABLE when the rung itself fails; a failing command is an `ExitStatus`.
   * @throws CANCELLED when `streams.signal` is aborted.
   */
  run(root: string, command: Command, streams: CommandStreams): Promise<ExitStatus>;
}
