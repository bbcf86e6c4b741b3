import { Socket } from "node:net";
import { CancelledError } from "../../errors/internal-error.ts";

/** Tells a program that it runs under a supervisor, and the number of the pipe to it. */
export const supervisorVariable = "SLIPWAY_SUPERVISOR_PIPE";

/**
 * For a program that `superviseInNamespace` has started: a signal that is aborted with a
 * `CancelledError` when the supervisor was told to end, or has ended. Undefined for any other
 * program. To be called once.
 */
export function joinSupervisor(env: NodeJS.ProcessEnv): AbortSignal | undefined {
  const descriptor = env[supervisorVariable];
  if (descriptor === undefined) return undefined;
  const lost = new AbortController();
  const pipe = new Socket({ fd: Number(descriptor), readable: true, writable: false });
  pipe.on("data", (chunk) => {
    lost.abort(new CancelledError(chunk.toString().split("\n")[0] ?? ""));
  });
  pipe.on("close", () => lost.abort(new CancelledError("the loss of its supervisor")));
  pipe.on("error", () => undefined);
  pipe.unref();
  return lost.signal;
}
