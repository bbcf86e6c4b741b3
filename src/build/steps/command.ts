import type {
  CmdInstruction,
  CommandLine,
  EntrypointInstruction,
  ShellInstruction,
} from "../../dockerfile/instruction.ts";
import { commitMetadata } from "../commit.ts";
import { quoteList } from "../history.ts";
import type { StepScope } from "../scope.ts";

/** CMD: what a container runs by default. */
export function stepCmd(instruction: CmdInstruction, scope: StepScope): void {
  const args = optionalWords(instruction, scope);
  scope.state.config = { ...scope.state.config, Cmd: args, ArgsEscaped: true };
  scope.state.hasOwnCommand = true;
  commitMetadata(scope, `CMD ${quoteList(args)}`);
}

/** ENTRYPOINT: drops a CMD that this stage has not set itself, since that was for another program. */
export function stepEntrypoint(instruction: EntrypointInstruction, scope: StepScope): void {
  const args = optionalWords(instruction, scope);
  const { config, hasOwnCommand } = scope.state;
  scope.state.config = {
    ...config,
    Entrypoint: args.length === 0 ? null : args,
    ...(hasOwnCommand ? {} : { Cmd: null }),
  };
  commitMetadata(scope, `ENTRYPOINT ${quoteList(args)}`);
}

/** SHELL: what commands in shell form are put after. */
export function stepShell(instruction: ShellInstruction, scope: StepScope): void {
  scope.state.config = { ...scope.state.config, Shell: instruction.args };
  commitMetadata(scope, `SHELL [${instruction.args.join(" ")}]`);
}

/** The words of a command; in shell form the stage's shell comes first. */
export function commandWords(
  command: Pick<CommandLine, "form" | "args">,
  scope: StepScope,
): readonly string[] {
  if (command.form === "exec") return command.args;
  return [...scope.state.shell, command.args.join(" ")];
}

/** The words of CMD or ENTRYPOINT, which may have none. */
function optionalWords(command: CommandLine, scope: StepScope): readonly string[] {
  return command.args.length === 0 ? [] : commandWords(command, scope);
}
