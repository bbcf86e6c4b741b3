import type { CommandLine } from "../../dockerfile/instruction.ts";
import type { StepScope } from "../scope.ts";

/** The words of a command; in shell form the stage's shell comes first. */
export function commandWords(
  command: Pick<CommandLine, "form" | "args">,
  scope: StepScope,
): readonly string[] {
  if (command.form === "exec") return command.args;
  return [...scope.state.shell, command.args.join(" ")];
}

/** The words of CMD or ENTRYPOINT, which may have none. */
export function optionalWords(command: CommandLine, scope: StepScope): readonly string[] {
  return command.args.length === 0 ? [] : commandWords(command, scope);
}
