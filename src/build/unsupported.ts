import type { Instruction } from "../dockerfile/instruction.ts";
import { DockerfileError } from "../errors/dockerfile-error.ts";
import type { BuildPlan } from "../plan/build-plan.ts";

/**
 * Refuses what the grammar knows but slipway cannot do yet, before anything is built: an option is
 * never read and then ignored.
 *
 * @throws DOCKERFILE_UNSUPPORTED
 */
export function assertSupported(plan: BuildPlan): void {
  for (const index of plan.reachable) {
    for (const instruction of plan.stages[index]?.stage.instructions ?? []) {
      assertInstructionSupported(instruction);
    }
  }
}

/** The same for one instruction, such as an ONBUILD trigger. */
export function assertInstructionSupported(instruction: Instruction): void {
  const lacking = lackingFeature(instruction);
  if (lacking === undefined) return;
  throw new DockerfileError("DOCKERFILE_UNSUPPORTED", `${lacking} is not supported yet`, {
    location: instruction.location,
    hint: "This version of slipway lacks it; rewrite the instruction without it",
  });
}

function lackingFeature(instruction: Instruction): string | undefined {
  const isCommand = instruction.type === "CMD" || instruction.type === "ENTRYPOINT";
  if (!isCommand || instruction.heredocs.length === 0) return undefined;
  return `a heredoc in ${instruction.type}`;
}
