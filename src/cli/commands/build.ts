import { CancelledError } from "../../errors/internal-error.ts";
import type { BuildOptions, RunBuild } from "../build-options.ts";
import type { GivenValues } from "../flag-values.ts";
import { settleFlags } from "../flag-values.ts";
import { buildFlags } from "../flags/build-flags.ts";
import type { Host } from "../host.ts";
import { readBuildOptions } from "../options.ts";

export interface BuildCommand {
  readonly host: Host;
  /** Loads everything that building needs; called when it is clear that something will be built. */
  readonly loadBuild: () => Promise<RunBuild>;
  /** Filled by the build with the texts of Dockerfiles, for messages. */
  readonly sources: Map<string, string>;
  readonly notices: readonly string[];
}

/**
 * `slipway build`: settles the flags and runs the build until it is done or a signal comes. Gives the
 * exit code.
 */
export async function runBuildCommand(given: GivenValues, command: BuildCommand): Promise<number> {
  const { host } = command;
  const values = settleFlags(buildFlags, given, host.environment);
  const options: BuildOptions = readBuildOptions(values, host);
  const cancel = new AbortController();
  const stopListening = host.onSignal((signal) => cancel.abort(new CancelledError(signal)));
  try {
    const runBuild = await command.loadBuild();
    return await runBuild(options, {
      signal: cancel.signal,
      environment: host.environment,
      print: host.writeOut,
      writeError: host.writeError,
      notices: command.notices,
      sources: command.sources,
    });
  } catch (error) {
    // What an abort makes others throw says less than why it was aborted.
    throw cancel.signal.aborted ? cancel.signal.reason : error;
  } finally {
    stopListening();
  }
}
