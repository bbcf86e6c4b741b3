import type { ShellInstruction } from "../../dockerfile/instruction.ts";
import { commitMetadata } from "../commit.ts";
import type { StepScope } from "../scope.ts";

/** SHELL: what commands in shell form are put after. */
export function stepShell(instruction: ShellInstruction, scope: StepScope): void {
  scope.state.config = { ...scope.state.config, Shell: instruction.args };
  commitMetadata(scope, `SHELL [${instruction.args.join(" ")}]`);
}
