import type { EnvInstruction } from "../../dockerfile/instruction.ts";
import { splitVariable } from "../../image/environment.ts";
import { commitMetadata } from "../commit.ts";
import type { StepScope } from "../scope.ts";

/** ENV: sets variables of the image and of what follows. A name keeps its place when set again. */
export function stepEnv(instruction: EnvInstruction, scope: StepScope): void {
  const { state } = scope;
  const pairs = instruction.pairs.map(
    ({ key, value }) => [scope.expand(key), scope.expand(value)] as const,
  );
  const variables = new Map((state.config.Env ?? []).map(splitVariable));
  for (const [key, value] of pairs) {
    variables.set(key, value);
    state.environment.set(key, value);
  }
  state.config = { ...state.config, Env: [...variables].map((pair) => pair.join("=")) };
  commitMetadata(scope, `ENV ${pairs.map((pair) => pair.join("=")).join(" ")}`);
}
