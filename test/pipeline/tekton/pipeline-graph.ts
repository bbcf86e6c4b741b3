import type { PipelineTask } from "./manifests.ts";
import { referencesTo, textsIn } from "./references.ts";

/** The tasks that must be done before this one: by `runAfter`, and those whose results it takes. */
export function tasksBefore({ runAfter = [], params, matrix, when }: PipelineTask): string[] {
  const used = textsIn([params, matrix, when])
    .flatMap((text) => referencesTo("tasks", text))
    .filter(({ member }) => member.startsWith("results"));
  return [...new Set([...runAfter, ...used.map(({ name }) => name)])];
}

/** What is wrong with the order of tasks: those that are not there, and circles. */
export function orderProblems(tasks: readonly PipelineTask[]): string[] {
  const names = new Set(tasks.map(({ name }) => name));
  const missing = tasks.flatMap((task) =>
    tasksBefore(task)
      .filter((before) => !names.has(before))
      .map(
        (before) =>
          `invalid value: couldn't add link between ${task.name} and ${before}: task ${task.name} depends on ${before} but ${before} wasn't present in Pipeline: spec.tasks`,
      ),
  );
  return missing.length > 0 ? missing : circleProblems(tasks);
}

function circleProblems(tasks: readonly PipelineTask[]): string[] {
  let left = tasks;
  for (;;) {
    const names = new Set(left.map(({ name }) => name));
    const next = left.filter((task) => tasksBefore(task).some((before) => names.has(before)));
    if (next.length === left.length) break;
    left = next;
  }
  const [first] = left;
  if (first === undefined) return [];
  const before = tasksBefore(first).find((name) => left.some((task) => task.name === name));
  const [from, to] = [first.name, before ?? ""];
  return [`invalid value: cycle detected; task "${from}" depends on "${to}": spec.tasks`];
}
