// How long the bundle takes to say its version, against a Node that does nothing.
import { spawnSync } from "node:child_process";
import path from "node:path";

const rounds = 21;
const bundle = path.resolve(import.meta.dirname, "../dist/slipway.mjs");

function medianMilliseconds(args: readonly string[]): number {
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`node ${args.join(" ")} failed: ${stderr}`);
    return performance.now() - start;
  });
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
}

const node = medianMilliseconds(["-e", "0"]);
const slipway = medianMilliseconds([bundle, "--version"]);
process.stdout.write(
  [
    `median of ${rounds} runs`,
    `  node -e 0          ${node.toFixed(1).padStart(6)} ms`,
    `  slipway --version  ${slipway.toFixed(1).padStart(6)} ms`,
    "",
  ].join("\n"),
);
