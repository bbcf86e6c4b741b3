import type { MaintainerInstruction } from "../../dockerfile/instruction.ts";
import { commitMetadata } from "../commit.ts";
import type { StepScope } from "../scope.ts";

/** MAINTAINER: the image's author. */
export function stepMaintainer(instruction: MaintainerInstruction, scope: StepScope): void {
  scope.state.author = instruction.maintainer;
  commitMetadata(scope, `MAINTAINER ${instruction.maintainer}`);
}
