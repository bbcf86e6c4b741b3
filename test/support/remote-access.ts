import { mkdir } from "node:fs/promises";
import type { RemoteAccess } from "../../src/context/remote-access.ts";
import { Spool } from "../../src/layer/spool.ts";
import { silentLogger } from "../../src/log/logger.ts";
import type { TemporaryDirectory } from "./temporary-directory.ts";

/** What fetching needs, in a directory below `temporary`; failures are retried twice, at once. */
export async function makeRemoteAccess(
  temporary: TemporaryDirectory,
  options: Partial<RemoteAccess> = {},
): Promise<RemoteAccess> {
  const workDirectory = temporary.join("work");
  await mkdir(workDirectory, { recursive: true });
  return {
    spool: await Spool.open(workDirectory),
    workDirectory,
    environment: { PATH: process.env["PATH"] },
    userAgent: "slipway-test",
    log: silentLogger,
    signal: new AbortController().signal,
    retry: { attempts: 3, baseDelayMs: 0, longestDelayMs: 0 },
    ...options,
  };
}
