import type { OnbuildInstruction } from "../../dockerfile/instruction.ts";
import type { StepScope } from "../scope.ts";

/** ONBUILD: kept as written for images built FROM this one; history does not mention it. */
export function stepOnbuild(instruction: OnbuildInstruction, scope: StepScope): void {
  const { config } = scope.state;
  scope.state.config = {
    ...config,
    OnBuild: [...(config.OnBuild ?? []), instruction.expression],
  };
}
