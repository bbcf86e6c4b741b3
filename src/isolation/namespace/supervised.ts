import { once } from "node:events";
import { Socket } from "node:net";
import { CancelledError } from "../../errors/internal-error.ts";
import type { Refusal } from "../refusal.ts";

/** Tells a program that it runs under a supervisor, and the number of the pipe to it. */
export const supervisorVariable = "SLIPWAY_SUPERVISOR_PIPE";

/** The supervisor of a program, as the program sees it. */
export interface Supervisor {
  /** Aborted with a `CancelledError` when the supervisor was told to end, or has ended. */
  readonly signal: AbortSignal;
  /** Tells it that commands cannot be run in these namespaces. The program has done nothing yet, and ends now. */
  readonly refuse: (refusals: readonly Refusal[]) => Promise<void>;
}

/** What a program says first: it runs, so its namespaces are there. */
export const joined = "joined";

/** What the supervisor answers when the program has all its rights. */
export const start = "start";

/**
 * For a program that `superviseInNamespace` has started: its supervisor. Undefined for any other
 * program. To be called once, before all that needs the rights of the namespaces: from then on the
 * program is root.
 *
 * @throws CANCELLED when the supervisor is told to end, or has ended, before that.
 */
export async function joinSupervisor(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Supervisor | undefined> {
  const descriptor = env[supervisorVariable];
  if (descriptor === undefined) return undefined;
  const lost = new AbortController();
  const pipe = new Socket({ fd: Number(descriptor), readable: true, writable: true });
  pipe.on("data", (chunk: Buffer) => {
    const said = chunk.toString().split("\n");
    const reason = said.find((line) => line !== start && line !== "");
    if (reason !== undefined) lost.abort(new CancelledError(reason));
  });
  pipe.on("close", () => lost.abort(new CancelledError("the loss of its supervisor")));
  pipe.on("error", () => undefined);
  pipe.write(`${joined}\n`);
  await once(pipe, "data", { signal: lost.signal }).catch(() => undefined);
  lost.signal.throwIfAborted();
  pipe.unref();
  const refuse = (refusals: readonly Refusal[]): Promise<void> => {
    return new Promise((resolve) => {
      pipe.write(`${JSON.stringify(refusals)}\n`, () => resolve());
    });
  };
  return { signal: lost.signal, refuse };
}
