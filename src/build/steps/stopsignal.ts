import type { StopsignalInstruction } from "../../dockerfile/instruction.ts";
import { isSignal } from "../../dockerfile/signals.ts";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { commitMetadata } from "../commit.ts";
import type { StepScope } from "../scope.ts";

/**
 * STOPSIGNAL: a signal's name or number.
 *
 * @throws DOCKERFILE_INVALID when there is no such signal.
 */
export function stepStopsignal(instruction: StopsignalInstruction, scope: StepScope): void {
  const signal = scope.expand(instruction.signal);
  if (!isSignal(signal)) {
    throw new DockerfileError("DOCKERFILE_INVALID", `invalid signal: ${signal}`, {
      hint: "Use a name such as SIGTERM or a number from 1 to 64",
    });
  }
  scope.state.config = { ...scope.state.config, StopSignal: signal };
  commitMetadata(scope, `STOPSIGNAL ${signal}`);
}
