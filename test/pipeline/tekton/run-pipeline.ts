import type { Pipeline, PipelineRun, TaskRun } from "./manifests.ts";
import { pipelineResults, readyTasks, type TaskResults } from "./pipeline.ts";

/** A Pipeline that has ended: the results of each of its TaskRuns, and its own. */
export interface PipelineOutcome {
  readonly tasks: ReadonlyMap<string, readonly TaskResults[]>;
  readonly results: TaskResults;
}

/** Runs one TaskRun to its end. */
export type RunTask = (taskRun: TaskRun, name: string) => Promise<TaskResults>;

/**
 * Runs all tasks of a Pipeline in the order that Tekton would: what is ready at the same time one after
 * the other here, since a machine is no cluster.
 *
 * @throws Error as `readyTasks` does, and what `runTask` throws
 */
export async function runPipeline(
  pipeline: Pipeline,
  run: PipelineRun,
  runTask: RunTask,
): Promise<PipelineOutcome> {
  const tasks = new Map<string, readonly TaskResults[]>();
  let ready = readyTasks(pipeline, run, tasks);
  while (ready.length > 0) {
    for (const { name, taskRuns } of ready) {
      const results: TaskResults[] = [];
      for (const taskRun of taskRuns) results.push(await runTask(taskRun, name));
      tasks.set(name, results);
    }
    ready = readyTasks(pipeline, run, tasks);
  }
  return { tasks, results: pipelineResults(pipeline, run, tasks) };
}
