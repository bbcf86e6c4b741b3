import {
  type Manifest,
  named,
  type Pipeline,
  type PipelineRun,
  type PipelineSpec,
  type Reference,
  type Task,
  type TaskRun,
  type TaskSpec,
} from "./manifests.ts";
import { referredName, resultMisfits } from "./validation/result-misfits.ts";
import { stepActionMisfits, undeclaredVariables } from "./validation/task-misfits.ts";
import { type Use, useMisfits } from "./validation/use-misfits.ts";

/**
 * What does not fit between a manifest and those that it refers to, and what a Task refers to without
 * declaring it. Tekton notices some of it when the run starts, and some never: parameters that are not
 * declared are dropped without a word.
 */
export function misfits(manifest: Manifest, known: readonly Manifest[]): string[] {
  switch (manifest.kind) {
    case "Task":
      return taskSpecMisfits((manifest as Task).spec, known);
    case "TaskRun":
      return taskMisfits((manifest as TaskRun).spec, known);
    case "Pipeline":
      return pipelineMisfits((manifest as Pipeline).spec, known);
    case "PipelineRun":
      return pipelineRunMisfits((manifest as PipelineRun).spec, known);
    default:
      return [];
  }
}

function taskSpecMisfits(spec: TaskSpec, known: readonly Manifest[]): string[] {
  const steps = spec.steps.flatMap((step) =>
    stepActionMisfits(step, known, (action) => useMisfits(step, action)),
  );
  return [...steps, ...undeclaredVariables(spec, known)];
}

interface TaskUse extends Use {
  readonly taskRef?: Reference;
  readonly taskSpec?: TaskSpec;
}

function taskMisfits({ taskRef, taskSpec, ...use }: TaskUse, known: readonly Manifest[]): string[] {
  if (taskSpec !== undefined) {
    return [...useMisfits(use, taskSpec), ...taskSpecMisfits(taskSpec, known)];
  }
  const task = named(known, "Task", referredName(taskRef));
  if (task !== undefined) return useMisfits(use, task.spec);
  return taskRef?.resolver === undefined ? [`there is no Task "${taskRef?.name ?? ""}"`] : [];
}

function pipelineMisfits(spec: PipelineSpec, known: readonly Manifest[]): string[] {
  const tasks = [...spec.tasks, ...(spec.finally ?? [])];
  return [
    ...tasks.flatMap((task) =>
      [
        ...taskMisfits({ ...task, matrix: task.matrix?.params }, known),
        ...resultMisfits([task.params, task.matrix, task.when], tasks, known),
      ].map((problem) => `${task.name}: ${problem}`),
    ),
    ...resultMisfits(spec.results, tasks, known),
  ];
}

function pipelineRunMisfits(
  { pipelineRef, pipelineSpec, ...use }: PipelineRun["spec"],
  known: readonly Manifest[],
): string[] {
  if (pipelineSpec !== undefined) {
    return [...useMisfits(use, pipelineSpec), ...pipelineMisfits(pipelineSpec, known)];
  }
  const pipeline = named(known, "Pipeline", referredName(pipelineRef));
  if (pipeline !== undefined) return useMisfits(use, pipeline.spec);
  return pipelineRef?.resolver === undefined
    ? [`there is no Pipeline "${pipelineRef?.name ?? ""}"`]
    : [];
}
