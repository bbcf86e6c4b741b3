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
  switch (instruction.type) {
    case "COPY":
      if (instruction.link) return "COPY --link";
      if (instruction.parents) return "COPY --parents";
      return lackingInCopy(instruction);
    case "ADD":
      if (instruction.link) return "ADD --link";
      if (instruction.checksum !== undefined) return "ADD --checksum";
      if (instruction.keepGitDir !== undefined) return "ADD --keep-git-dir";
      if (instruction.unpack !== undefined) return "ADD --unpack";
      if (instruction.sources.some(isRemote)) return "ADD of a URL";
      return lackingInCopy(instruction);
    case "CMD":
    case "ENTRYPOINT":
      return instruction.heredocs.length > 0 ? `a heredoc in ${instruction.type}` : undefined;
    default:
      return undefined;
  }
}

function lackingInCopy(
  instruction: Extract<Instruction, { type: "COPY" | "ADD" }>,
): string | undefined {
  return instruction.exclude.length > 0 ? `${instruction.type} --exclude` : undefined;
}

function isRemote(source: string): boolean {
  return /^(https?|git|ssh):\/\/|^[^/\s]+@[^/\s:]+:/.test(source);
}
