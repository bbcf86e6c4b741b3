import type { LabelInstruction } from "../../dockerfile/instruction.ts";
import { commitMetadata } from "../commit.ts";
import type { StepScope } from "../scope.ts";

/** LABEL: sets labels of the image. */
export function stepLabel(instruction: LabelInstruction, scope: StepScope): void {
  const { state } = scope;
  const pairs = instruction.pairs.map(
    ({ key, value }) => [scope.expand(key), scope.expand(value)] as const,
  );
  state.config = {
    ...state.config,
    Labels: { ...state.config.Labels, ...Object.fromEntries(pairs) },
  };
  commitMetadata(scope, `LABEL ${pairs.map((pair) => pair.join("=")).join(" ")}`);
}
