import { tasksBefore } from "../engine/depends.ts";
import type { Task } from "../manifest.ts";
import { tagsIn } from "../substitute.ts";
import { LintError } from "./lint-error.ts";

const results = ["Succeeded", "Failed", "Errored", "Skipped", "Omitted", "Daemoned"];
const groupResults = ["AnySucceeded", "AllFailed"];

/** Checks a task's name and condition. */
export function checkTask(
  place: string,
  { name, depends = "", continueOn }: Task,
  mayDepend: boolean,
): void {
  if (/^\d/.test(name)) {
    const rule = "name cannot begin with a digit when using either 'depends' or 'dependencies'";
    throw new LintError(`${place}.tasks.${name} ${rule}`);
  }
  if (mayDepend && continueOn !== undefined) {
    throw new LintError(
      `${place} cannot use 'continueOn' when using 'depends'. Instead use 'dep-task.Failed'/'dep-task.Errored'`,
    );
  }
  for (const [, before = "", result = ""] of depends.matchAll(/([\w-]+)\.(\w+)/g)) {
    if ([...results, ...groupResults].includes(result)) continue;
    throw new LintError(
      `${place}.tasks.${name} task result '${result}' for task '${before}' is invalid`,
    );
  }
}

/** A task and what is before it. */
export interface OrderedTask {
  readonly task: Task;
  /** The names of all tasks that end before it. */
  readonly ancestors: ReadonlySet<string>;
}

/** The tasks of a DAG, each behind those that it waits for. */
export function inOrder(place: string, tasks: readonly Task[]): readonly OrderedTask[] {
  const unknown = tasks
    .flatMap(tasksBefore)
    .find((name) => !tasks.some((each) => each.name === name));
  if (unknown !== undefined) {
    throw new LintError(`${place} sorting failed: invalid dependency ${unknown}`);
  }
  const ordered = new Map<string, OrderedTask>();
  while (ordered.size < tasks.length) {
    const task = tasks.find(
      (each) => !ordered.has(each.name) && tasksBefore(each).every((name) => ordered.has(name)),
    );
    if (task === undefined) throw new LintError(`${place} sorting failed: graph with cycle`);
    const before = tasksBefore(task);
    const farther = before.flatMap((name) => [...(ordered.get(name)?.ancestors ?? [])]);
    ordered.set(task.name, { task, ancestors: new Set([...before, ...farther]) });
  }
  return [...ordered.values()];
}

/** Checks that a task waits for those whose outputs it takes. */
export function checkDependencies(place: string, task: Task, ancestors: ReadonlySet<string>): void {
  for (const parameter of task.arguments?.parameters ?? []) {
    for (const tag of tagsIn(parameter.value)) {
      const name = /^tasks\.([^.]+)\./.exec(tag)?.[1];
      if (name === undefined || ancestors.has(name)) continue;
      throw new LintError(
        `${place} missing dependency '${name}' for parameter '${parameter.name}'`,
      );
    }
  }
}
