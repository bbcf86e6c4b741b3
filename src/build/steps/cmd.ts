import type { CmdInstruction } from "../../dockerfile/instruction.ts";
import { commitMetadata } from "../commit.ts";
import { quoteList } from "../history.ts";
import type { StepScope } from "../scope.ts";
import { optionalWords } from "./command.ts";

/** CMD: what a container runs by default. */
export function stepCmd(instruction: CmdInstruction, scope: StepScope): void {
  const args = optionalWords(instruction, scope);
  scope.state.config = { ...scope.state.config, Cmd: args, ArgsEscaped: true };
  scope.state.hasOwnCommand = true;
  commitMetadata(scope, `CMD ${quoteList(args)}`);
}
