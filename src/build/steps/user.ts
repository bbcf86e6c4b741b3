import type { UserInstruction } from "../../dockerfile/instruction.ts";
import { commitMetadata } from "../commit.ts";
import type { StepScope } from "../scope.ts";

/** USER: kept as written; names are looked up when something runs. */
export function stepUser(instruction: UserInstruction, scope: StepScope): void {
  const user = scope.expand(instruction.user);
  scope.state.config = { ...scope.state.config, User: user };
  commitMetadata(scope, `USER ${user}`);
}
