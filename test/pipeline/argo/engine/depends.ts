import { evaluate } from "../expression.ts";
import type { Task } from "../manifest.ts";
import type { WorkflowNode } from "./execution.ts";

const operandPattern = /([\w-]+)(?:\.(\w+))?/g;

/** What is known of a task that ended; of one that was fanned out, the nodes of its items. */
export interface EndedTask {
  readonly node: WorkflowNode;
  readonly items: readonly WorkflowNode[];
}

/** The names of the tasks that a task waits for. */
export function tasksBefore({ depends, dependencies = [] }: Task): readonly string[] {
  const named = [...(depends ?? "").matchAll(operandPattern)].map(([, name = ""]) => name);
  return [...new Set([...dependencies, ...named])];
}

/**
 * Whether a task's condition holds, all tasks that it waits for having ended.
 *
 * @throws Error when the condition cannot be read.
 */
export function mayRun(
  task: Task,
  ended: ReadonlyMap<string, EndedTask>,
  all: readonly Task[],
): boolean {
  const condition = task.depends ?? (task.dependencies ?? []).join(" && ");
  if (condition === "") return true;
  const holds = (_: string, name: string, result?: string): string => {
    const before = ended.get(name);
    if (before === undefined) throw new Error(`${name} has not ended`);
    const continueOn = all.find((each) => each.name === name)?.continueOn;
    return String(resultHolds(before, result, continueOn));
  };
  return evaluate(condition.replace(operandPattern, holds), {}) === true;
}

/** A bare name means that the task was successful, or was skipped. */
function resultHolds(
  { node, items }: EndedTask,
  result: string | undefined,
  continueOn: Task["continueOn"],
): boolean {
  const { phase } = node;
  if (result === "Errored") return phase === "Error";
  if (result === "AnySucceeded") return items.some((item) => item.phase === "Succeeded");
  if (result === "AllFailed") return items.every((item) => item.phase === "Failed");
  if (result !== undefined) return phase === result;
  const isTolerated =
    (phase === "Failed" && continueOn?.failed === true) ||
    (phase === "Error" && continueOn?.error === true);
  return phase === "Succeeded" || phase === "Skipped" || isTolerated;
}
