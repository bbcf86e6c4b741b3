import { copyFlags, inspectFlags, pushFlags } from "../flags/image-flags.ts";
import { warmFlags } from "../flags/warm-flags.ts";
import { readCopyOptions, readInspectOptions, readPushOptions } from "../image-options.ts";
import { settleInPipeline } from "../settle-in-pipeline.ts";
import { readWarmOptions } from "../warm-options.ts";
import { type Command, runUntilSignal } from "./command.ts";

/** `slipway copy` */
export const copyCommand: Command = {
  description: "Copy an image or a whole index to registries, as it is",
  flags: copyFlags,
  run: (given, call) => {
    const { host } = call;
    const options = readCopyOptions(settleInPipeline(copyFlags, given, host), host);
    return runUntilSignal(call, async (run) =>
      (await import("./run-copy.ts")).runCopy(options, run),
    );
  },
};

/** `slipway push` */
export const pushCommand: Command = {
  description: "Push an image from an OCI layout or an archive",
  flags: pushFlags,
  run: (given, call) => {
    const { host } = call;
    const options = readPushOptions(settleInPipeline(pushFlags, given, host), host);
    return runUntilSignal(call, async (run) =>
      (await import("./run-copy.ts")).runCopy(options, run),
    );
  },
};

/** `slipway inspect` */
export const inspectCommand: Command = {
  description: "Show what an image or index is made of",
  flags: inspectFlags,
  run: (given, call) => {
    const { host } = call;
    const options = readInspectOptions(settleInPipeline(inspectFlags, given, host), host);
    return runUntilSignal(call, async (run) =>
      (await import("./run-inspect.ts")).runInspect(options, run),
    );
  },
};

/** `slipway warm` */
export const warmCommand: Command = {
  description: "Fetch base images into a directory that builds take them from",
  flags: warmFlags,
  run: (given, call) => {
    const { host } = call;
    const options = readWarmOptions(settleInPipeline(warmFlags, given, host), host);
    return runUntilSignal(call, async (run) =>
      (await import("./run-warm.ts")).runWarm(options, run),
    );
  },
};
