import { indexFlags } from "../flags/index-flags.ts";
import { readIndexOptions } from "../index-options.ts";
import { settleInPipeline } from "../settle-in-pipeline.ts";
import { type Command, runUntilSignal } from "./command.ts";

/** `slipway index` */
export const indexCommand: Command = {
  description: "Join images of single platforms to an index and push it",
  flags: indexFlags,
  run: (given, call) => {
    const { host } = call;
    const options = readIndexOptions(settleInPipeline(indexFlags, given, host), host);
    return runUntilSignal(call, async (run) =>
      (await import("./run-index.ts")).runIndex(options, run),
    );
  },
};
