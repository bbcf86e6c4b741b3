import type { Platform } from "../image/platform.ts";
import type { Logger } from "../log/logger.ts";
import type { PipelineEngine } from "../pipeline/engine.ts";

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the command line program takes from its process, so that tests can give it something else. */
export interface Host {
  /** The name that this program was called by, without directories. */
  readonly program: string;
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly environment: Environment;
  /** Writes to standard output: results only. */
  readonly writeOut: (text: string) => void;
  /** Writes to standard error, synchronously. */
  readonly writeError: (text: string) => void;
  /** Shows what is under way, where standard error is a terminal: see `Logger`. */
  readonly showStatus?: Logger["status"];
  /** What this machine runs. */
  readonly platform: Platform;
  /** Absolute. */
  readonly workingDirectory: string;
  /** Whether there is anything at an absolute path. */
  readonly exists: (path: string) => boolean;
  /** Columns of the terminal that help is wrapped for. */
  readonly columns: number;
  /** Whether standard error is a terminal. */
  readonly terminal: boolean;
  /** Calls `listener` for each SIGTERM and SIGINT from now on, until the returned function is called. */
  readonly onSignal: (listener: (signal: NodeJS.Signals) => void) => () => void;
}

/** What slipway runs in. */
export interface Surroundings {
  readonly engine: PipelineEngine | undefined;
  readonly host: Host;
}
