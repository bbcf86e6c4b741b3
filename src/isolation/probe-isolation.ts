import { CommandError } from "../errors/command-error.ts";
import type { Isolation, IsolationName } from "./isolation.ts";
import { probeNamespace } from "./namespace/probe-namespace.ts";

export interface IsolationRequest {
  readonly choice: IsolationName | "auto";
  /** An absolute path; what commands need while they run is kept there. */
  readonly workDirectory: string;
  readonly signal: AbortSignal;
}

/**
 * The strongest rung that a real attempt shows to work, or the one that is asked for.
 *
 * @throws ISOLATION_UNAVAILABLE when there is none.
 */
export async function probeIsolation(request: IsolationRequest): Promise<Isolation> {
  const { choice, workDirectory, signal } = request;
  if (choice !== "auto" && choice !== "namespace") {
    throw new CommandError("ISOLATION_UNAVAILABLE", `there is no isolation ${choice} yet`, {
      hint: "Use --isolation auto or --isolation namespace",
    });
  }
  const probe = await probeNamespace(workDirectory, signal);
  if (probe.works) return probe.isolation;
  const reasons = probe.reasons.join("; ");
  throw new CommandError("ISOLATION_UNAVAILABLE", `no container can be made here (${reasons})`, {
    hint: "Install crun or runc, and permit unshare and mount",
  });
}
