import { readCacheListOptions, readCachePruneOptions } from "../cache-place-options.ts";
import { cacheListFlags, cachePruneFlags } from "../flags/cache-place-flags.ts";
import { settleInPipeline } from "../settle-in-pipeline.ts";
import { type Command, runUntilSignal } from "./command.ts";

/** `slipway cache list` */
export const cacheListCommand: Command = {
  description: "Show what a cache keeps between builds",
  flags: cacheListFlags,
  run: (given, call) => {
    const { host } = call;
    const options = readCacheListOptions(settleInPipeline(cacheListFlags, given, host), host);
    return runUntilSignal(call, async (run) =>
      (await import("./run-cache.ts")).runCacheList(options, run),
    );
  },
};

/** `slipway cache prune` */
export const cachePruneCommand: Command = {
  description: "Remove what is old, or too much, from a cache",
  flags: cachePruneFlags,
  run: (given, call) => {
    const { host } = call;
    const options = readCachePruneOptions(settleInPipeline(cachePruneFlags, given, host), host);
    return runUntilSignal(call, async (run) =>
      (await import("./run-cache.ts")).runCachePrune(options, run),
    );
  },
};
