/** The rungs of the ladder, strongest first (docs/isolation.md). */
export type IsolationName = "namespace" | "inplace" | "emulated" | "ptrace";

/** Whose process a command is; numbers as the image sees them. */
export interface CommandUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
}

/** A file, directory, socket or device of this machine. */
export interface BindCommandMount {
  readonly type: "bind";
  /** Absolute path on this machine. */
  readonly source: string;
  /** Absolute path in the image. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** An empty directory in memory, with octal mode 1777. */
export interface TmpfsCommandMount {
  readonly type: "tmpfs";
  readonly target: string;
  /** Without it, what the kernel thinks fit. */
  readonly sizeBytes?: number;
  readonly readOnly?: boolean;
}

/** A read-only file that is never on a disk. */
export interface SecretCommandMount {
  readonly type: "secret";
  readonly target: string;
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Something that appears at `target` for the time of one command. Later ones cover earlier ones. */
export type CommandMount = BindCommandMount | TmpfsCommandMount | SecretCommandMount;

/** A mount of what is no secret, or no longer one. */
export type FileMount = BindCommandMount | TmpfsCommandMount;

/** One command of a RUN instruction, resolved. */
export interface Command {
  /** Program and arguments; the program is looked up in the environment's PATH inside the root. */
  readonly args: readonly string[];
  /** `NAME=value`; may hold secrets, which therefore must not come on a disk either. */
  readonly env: readonly string[];
  /** Absolute path in the image; made with octal 755 where it is missing. */
  readonly cwd: string;
  readonly user: CommandUser;
  readonly mounts: readonly CommandMount[];
  readonly network: "host" | "none";
  /** `insecure` is all that root of this machine may do, and nothing hidden from it. */
  readonly security: "sandbox" | "insecure";
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
 * hosts) is gone again, modification times of directories included. The directories /dev, /proc and
 * /sys stay where they were missing, as BuildKit leaves them.
 */
export interface Isolation {
  readonly name: IsolationName;
  /**
   * Whether mounts are the kernel's, or are imitated: what a command writes to a read-only one then
   * changes the source.
   */
  readonly mounts: "kernel" | "emulated";
  /**
   * @throws ISOLATION_UNAVAILABLE when the rung itself fails, or cannot give what the command asks
   * for; a failing command is an `ExitStatus`.
   * @throws CANCELLED when `streams.signal` is aborted.
   */
  run(root: string, command: Command, streams: CommandStreams): Promise<ExitStatus>;
}
