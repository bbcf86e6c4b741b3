import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { isMainThread } from "node:worker_threads";
import { hostPlatform } from "../image/platform.ts";
import { StatusLine } from "../log/status-line.ts";
import { runCli } from "./run-cli.ts";

const signals = ["SIGTERM", "SIGINT"] as const;

// The pool compresses layers, and reads files meanwhile. It is made at its first use, of four threads where nothing is said.
process.env["UV_THREADPOOL_SIZE"] ??= String(Math.max(4, availableParallelism() + 2));

// A reader of the output that has gone is no reason to end a build.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

const statusLine = new StatusLine({
  write: (text) => void process.stderr.write(text),
  // Some terminals have a width of 0: they do not know it.
  columns: () => process.stderr.columns || 80,
});

async function main(): Promise<void> {
  process.exitCode = await runCli(
    {
      program: path.basename(process.argv[1] ?? ""),
      argv: process.argv.slice(2),
      environment: process.env,
      writeOut: (text) => process.stdout.write(text),
      writeError: (text) => statusLine.write(text),
      ...(process.stderr.isTTY
        ? { showStatus: (owner, text) => statusLine.show(owner, text) }
        : {}),
      platform: hostPlatform(process),
      workingDirectory: process.cwd(),
      exists: existsSync,
      columns: process.stdout.columns ?? 100,
      terminal: process.stderr.isTTY ?? false,
      onSignal: (listener) => {
        for (const signal of signals) process.on(signal, listener);
        return () => {
          for (const signal of signals) process.off(signal, listener);
        };
      },
    },
    { build: async () => (await import("./run-build.ts")).runBuild },
  );
}

// A thread has this file too, where it is the bundle; what it was started for is in its data.
if (isMainThread) void main();
else {
  void import("../isolation/ptrace/confined-thread.ts");
  void import("../rootfs/file-thread.ts");
}
