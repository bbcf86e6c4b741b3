import type { ArgInstruction } from "../../dockerfile/instruction.ts";
import { commitMetadata } from "../commit.ts";
import type { StepScope } from "../scope.ts";

/**
 * ARG: declares arguments. The value comes from `--build-arg`, else from the default, else from the
 * global scope; without any of them the name is declared but unset. A default sees the arguments
 * before it in the same instruction.
 */
export function stepArg(instruction: ArgInstruction, scope: StepScope): void {
  const { state, build } = scope;
  const words = instruction.args.map(({ key, value: fallback }) => {
    const value =
      build.request.buildArgs.get(key) ??
      (fallback === undefined ? build.plan.globalScope.get(key) : scope.expandNow(fallback));
    if (value !== undefined) state.environment.set(key, value);
    state.arguments.push({ key, value });
    return value === undefined ? key : `${key}=${value}`;
  });
  commitMetadata(scope, `ARG ${words.join(" ")}`);
}
