import type { RunBuild } from "../build-options.ts";
import { buildFlags } from "../flags/build-flags.ts";
import { readBuildOptions } from "../options.ts";
import { settleInPipeline } from "../settle-in-pipeline.ts";
import { type Command, runUntilSignal } from "./command.ts";

/**
 * `slipway build`. `load` loads everything that building needs; it is called when it is clear that
 * something will be built.
 */
export function buildCommand(load: () => Promise<RunBuild>): Command {
  return {
    description: "Build an image from a Dockerfile and push it",
    flags: buildFlags,
    run: (given, call) => {
      const { host } = call;
      const settled = settleInPipeline(buildFlags, given, host);
      const { unit, "build-file": file } = settled.values;
      if (unit !== undefined || file !== undefined) {
        return runUntilSignal(call, async (run) =>
          (await import("./build-unit.ts")).runUnit(settled, { call, run, load }),
        );
      }
      const options = readBuildOptions(settled, host);
      return runUntilSignal(call, async (run) => (await load())(options, run));
    },
  };
}
