import type {
  Pipeline,
  PipelineRun,
  PipelineTask,
  PipelineTaskWorkspace,
  TaskRun,
  TaskSpec,
  WorkspaceBinding,
} from "./manifests.ts";
import { matrixCombinations } from "./matrix.ts";
import { paramValue, paramValues } from "./parameters.ts";
import { tasksBefore } from "./pipeline-graph.ts";
import { referencesTo, textsIn } from "./references.ts";
import { paramProblems } from "./run-problems.ts";
import {
  type ParamValue,
  type Replacements,
  replaceIn,
  replaceValue,
  textReplacements,
  valueReplacements,
} from "./substitute.ts";

/** The results of one TaskRun by their names. */
export type TaskResults = Readonly<Record<string, ParamValue>>;

/** The results of each pipeline task that is done: one entry for each of its TaskRuns, in their order. */
export type FinishedTasks = ReadonlyMap<string, readonly TaskResults[]>;

/** A pipeline task whose turn it is. */
export interface ReadyTask {
  readonly name: string;
  /** One, or one for each combination of the task's matrix; none if one of its lists is empty. */
  readonly taskRuns: readonly TaskRun[];
}

/**
 * The tasks of a Pipeline that can run next, given what is done. Who runs a Pipeline runs them, adds their
 * results to `finished`, and asks again until there are none. The tasks of `finally` come last. `when` and
 * `matrix.include` are not emulated.
 * @throws Error with Tekton's reason to end the run: parameters that do not fit, a workspace that is not
 * bound, a result that a task refers to and that was not written
 */
export function readyTasks(
  pipeline: Pipeline,
  run: PipelineRun,
  finished: FinishedTasks,
): ReadyTask[] {
  const { params, tasks, finally: last = [] } = pipeline.spec;
  const problems = paramProblems(params, run.spec.params);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const isWaiting = ({ name }: PipelineTask): boolean => !finished.has(name);
  const ready = tasks.some(isWaiting)
    ? tasks.filter((task) => tasksBefore(task).every((before) => finished.has(before)))
    : last;
  const replacements = passes(pipeline, run, finished);
  return ready.filter(isWaiting).map((task) => ({
    name: task.name,
    taskRuns: taskRuns(task, { pipeline, run, replacements }),
  }));
}

/** The Pipeline's own results. Those that refer to what was not written are left out, as Tekton does. */
export function pipelineResults(
  pipeline: Pipeline,
  run: PipelineRun,
  finished: FinishedTasks,
): TaskResults {
  const replacements = passes(pipeline, run, finished);
  const results = (pipeline.spec.results ?? []).map(({ name, value }): [string, ParamValue] => [
    name,
    replacedValue(value, replacements),
  ]);
  return Object.fromEntries(results.filter(([, value]) => missingResults(value).length === 0));
}

interface Context {
  readonly pipeline: Pipeline;
  readonly run: PipelineRun;
  readonly replacements: readonly Replacements[];
}

/** Parameters, names and results are replaced one after the other. */
function passes(pipeline: Pipeline, run: PipelineRun, finished: FinishedTasks): Replacements[] {
  const { name = "", namespace = "default", uid = "" } = run.metadata ?? {};
  const isMatrix = (task: string): boolean =>
    pipeline.spec.tasks.some((one) => one.name === task && one.matrix !== undefined);
  return [
    valueReplacements("params", paramValues(pipeline.spec.params, run.spec.params)),
    textReplacements([
      ["context.pipelineRun.name", name],
      ["context.pipelineRun.namespace", namespace],
      ["context.pipelineRun.uid", uid],
      ["context.pipeline.name", pipeline.metadata?.name ?? ""],
    ]),
    ...[...finished].map(([task, results]) =>
      valueReplacements(
        `tasks.${task}.results`,
        isMatrix(task) ? collected(results) : Object.entries(results[0] ?? {}),
      ),
    ),
  ];
}

/** The results of a matrix: a list for each name, in the order of the TaskRuns. */
function collected(results: readonly TaskResults[]): [string, readonly string[]][] {
  const names = new Set(results.flatMap((one) => Object.keys(one)));
  return [...names].map((name) => [
    name,
    results.flatMap((one) => {
      const value = one[name];
      return typeof value === "string" ? [value] : [];
    }),
  ]);
}

function taskRuns(task: PipelineTask, context: Context): TaskRun[] {
  const { pipeline, run, replacements } = context;
  const values = (params: PipelineTask["params"]): [string, ParamValue][] =>
    (params ?? []).map(({ name, value }) => [name, replacedValue(value, replacements)]);
  const given = values(task.params);
  const fanOut = values(task.matrix?.params);
  const [missing] = missingResults([given, fanOut]);
  if (missing !== undefined) throw new Error(`${task.name}: there is no result ${missing}`);
  const runName = run.metadata?.name ?? "run";
  const isMatrix = task.matrix !== undefined;
  return matrixCombinations(fanOut).map((combination, index) => ({
    apiVersion: "tekton.dev/v1",
    kind: "TaskRun",
    metadata: {
      name: isMatrix ? `${runName}-${task.name}-${index}` : `${runName}-${task.name}`,
      namespace: run.metadata?.namespace ?? "default",
      labels: { "tekton.dev/pipelineRun": runName, "tekton.dev/pipelineTask": task.name },
    },
    spec: {
      ...templateOf(task.name, run),
      ...(task.taskRef && { taskRef: task.taskRef }),
      ...(task.taskSpec && { taskSpec: inlineSpec(task.taskSpec, replacements) }),
      params: [...given, ...combination].map(([name, value]) => ({ name, value })),
      workspaces: (task.workspaces ?? []).flatMap((use) => bindings(use, pipeline, run)),
    },
  }));
}

/** What the run says of the pods of a task. */
function templateOf(task: string, { spec }: PipelineRun): PipelineRun["spec"]["taskRunTemplate"] {
  const own = spec.taskRunSpecs?.find(({ pipelineTaskName }) => pipelineTaskName === task);
  if (own === undefined) return spec.taskRunTemplate;
  const { pipelineTaskName: _name, ...template } = own;
  const podTemplate = { ...spec.taskRunTemplate?.podTemplate, ...template.podTemplate };
  return { ...spec.taskRunTemplate, ...template, podTemplate };
}

function replacedValue(value: unknown, replacements: readonly Replacements[]): ParamValue {
  return replacements.reduce(replaceValue, paramValue(value));
}

/** References to results that are still there after all was replaced. */
function missingResults(part: unknown): string[] {
  return textsIn(part).flatMap((text) =>
    referencesTo("tasks", text)
      .filter(({ member }) => member.startsWith("results"))
      .map(({ whole }) => whole),
  );
}

/** An inline Task sees the Pipeline's parameters and results, unless its own are called the same. */
function inlineSpec(spec: TaskSpec, replacements: readonly Replacements[]): TaskSpec {
  const own = new Set((spec.params ?? []).map(({ name }) => name));
  const isOwn = (key: string): boolean =>
    referencesTo("params", `$(${key})`).some(({ name }) => own.has(name));
  const outside = replacements.map(({ texts, lists, objects }) => ({
    texts: new Map([...texts].filter(([key]) => !isOwn(key))),
    lists: new Map([...lists].filter(([key]) => !isOwn(key))),
    objects,
  }));
  return outside.reduce(replaceIn, spec);
}

function bindings(
  { name, workspace = name, subPath }: PipelineTaskWorkspace,
  pipeline: Pipeline,
  run: PipelineRun,
): WorkspaceBinding[] {
  const bound = run.spec.workspaces?.find((one) => one.name === workspace);
  if (bound === undefined) {
    const declared = pipeline.spec.workspaces?.find((one) => one.name === workspace);
    if (declared?.optional === true) return [];
    throw new Error(`the run binds nothing to the workspace "${workspace}"`);
  }
  const paths = [bound.subPath, subPath].filter((one) => one !== undefined);
  return [{ ...bound, name, ...(paths.length > 0 && { subPath: paths.join("/") }) }];
}
