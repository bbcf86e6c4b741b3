import type { EntrypointInstruction } from "../../dockerfile/instruction.ts";
import { commitMetadata } from "../commit.ts";
import { quoteList } from "../history.ts";
import type { StepScope } from "../scope.ts";
import { optionalWords } from "./command.ts";

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
