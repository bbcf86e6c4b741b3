import { CommandError } from "../errors/command-error.ts";
import type { Command } from "./isolation.ts";

/**
 * For rungs without namespaces: refuses a command that asks for what only these give.
 *
 * @throws ISOLATION_UNAVAILABLE
 */
export function assertNeedsNoNamespace({ network, security }: Command): void {
  if (network === "none") throw lacking("--network=none", "a network namespace");
  if (security === "insecure") throw lacking("--security=insecure", "a privileged pod");
}

function lacking(flag: string, what: string): CommandError {
  return new CommandError(
    "ISOLATION_UNAVAILABLE",
    `RUN ${flag} needs ${what}, which this pod does not have`,
    { hint: "slipway doctor says what would permit the rung namespace" },
  );
}
