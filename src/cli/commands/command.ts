import { CancelledError } from "../../errors/internal-error.ts";
import type { BuildRun } from "../build-options.ts";
import type { GivenValues } from "../flag-values.ts";
import type { FlagTable } from "../flags/flag.ts";
import type { Host } from "../host.ts";

/** One command of slipway. */
export interface Command {
  /** What it does, in a sentence without a trailing period. */
  readonly description: string;
  readonly flags: FlagTable;
  /** Reads the flags, and does what they ask for. Gives the exit code. */
  readonly run: (given: GivenValues, call: CommandCall) => Promise<number>;
}

/** What a command is called with, beside its flags. */
export interface CommandCall {
  readonly host: Host;
  /** To be filled with the texts of Dockerfiles, for messages. */
  readonly sources: Map<string, string>;
  readonly notices: readonly string[];
}

/** Calls `work`, until it is done or a signal comes. Gives the exit code. */
export async function runUntilSignal(
  { host, sources, notices }: CommandCall,
  work: (run: BuildRun) => Promise<number>,
): Promise<number> {
  const cancel = new AbortController();
  const stopListening = host.onSignal((signal) => cancel.abort(new CancelledError(signal)));
  try {
    return await work({
      signal: cancel.signal,
      environment: host.environment,
      print: host.writeOut,
      writeError: host.writeError,
      showStatus: host.showStatus,
      notices,
      sources,
    });
  } catch (error) {
    // What an abort makes others throw says less than why it was aborted.
    throw cancel.signal.aborted ? cancel.signal.reason : error;
  } finally {
    stopListening();
  }
}
