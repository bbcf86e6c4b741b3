import { rmSync } from "node:fs";
import { namespacePrivileges } from "../isolation/namespace/privileges.ts";
import { superviseInNamespace } from "../isolation/namespace/supervisor.ts";
import type { Logger } from "../log/logger.ts";

/** Tells the slipway in the namespaces where its work directory is. */
export const workDirectoryVariable = "SLIPWAY_SESSION_DIRECTORY";

/**
 * Runs this very program again, in namespaces of its own, and returns its exit code. The work
 * directory is gone afterwards, whatever happened.
 *
 * @throws ISOLATION_UNAVAILABLE when namespaces cannot be made.
 */
export async function runInNamespace(
  workDirectory: string,
  options: { readonly signal: AbortSignal; readonly log: Logger },
): Promise<number> {
  const { signal, log } = options;
  const probe = await namespacePrivileges(signal);
  if (!probe.permitted) {
    rmSync(workDirectory, { recursive: true, force: true });
    throw probe.error;
  }
  log.debug("entering namespaces", { ...probe.privileges });
  const [script = "", ...args] = process.argv.slice(1);
  const { exitCode, end } = superviseInNamespace({
    argv: [process.execPath, ...process.execArgv, script, ...args],
    env: { ...process.env, [workDirectoryVariable]: workDirectory },
    workDirectory,
    privileges: probe.privileges,
  });
  const onAbort = (): void => end("SIGTERM");
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await exitCode;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
