import { spawnSync } from "node:child_process";

/** What a program prints, given these arguments and this input; it must end with status 0. */
export function outputOf([program = "", ...args]: readonly string[], input?: Uint8Array): Buffer {
  const result = spawnSync(program, args, {
    input,
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: "C" },
  });
  if (result.status === 0) return result.stdout;
  throw new Error(`${program} ended with ${result.status}: ${result.stderr?.toString("utf8")}`);
}
