import type { ResultSpec, Step, Task, TaskRun, TaskSpec, WorkspaceSpec } from "../manifests.ts";
import { type Replacements, replaceIn, spellings, textReplacements } from "../substitute.ts";
import type { BoundWorkspace } from "./workspaces.ts";

/** What the variables of a Task stand for in a run of it. */
export interface TaskVariables {
  readonly task: Task;
  readonly taskRun: TaskRun;
  readonly params: Replacements;
  readonly workspaces: readonly BoundWorkspace[];
}

/**
 * Replaces all variables in a Task that are known before its pod is made. Tekton does it in several
 * passes, so that a parameter's value may hold a variable of a later one, such as a workspace's path.
 */
export function substituteTask(spec: TaskSpec, variables: TaskVariables): TaskSpec {
  const passes = [
    variables.params,
    contextReplacements(variables),
    textReplacements(resultPaths(spec.results ?? [])),
    textReplacements([["artifacts.path", "/tekton/artifacts/provenance.json"]]),
    textReplacements(exitCodePaths(spec.steps)),
  ];
  const last = [
    textReplacements(workspaceTexts(spec.workspaces ?? [], variables.workspaces)),
    textReplacements([["credentials.path", "/tekton/creds"]]),
  ];
  const { steps, stepTemplate, volumes } = spec;
  return {
    ...spec,
    ...(stepTemplate && { stepTemplate: applied(stepTemplate, [...passes, ...last]) }),
    ...(volumes && { volumes: applied(volumes, [...passes, ...last]) }),
    steps: steps.map((step, index) =>
      applied(step, [...passes, ...stepPasses(step, index), ...last]),
    ),
  };
}

function applied<Part>(part: Part, passes: readonly Replacements[]): Part {
  return passes.reduce((result, pass) => replaceIn(result, pass), part);
}

function contextReplacements({ task, taskRun }: TaskVariables): Replacements {
  const { name = "", namespace = "default", uid = "" } = taskRun.metadata ?? {};
  return textReplacements([
    ["context.taskRun.name", name],
    ["context.taskRun.namespace", namespace],
    ["context.taskRun.uid", uid],
    ["context.task.name", task.metadata?.name ?? ""],
    ["context.task.retry-count", "0"],
  ]);
}

function resultPaths(results: readonly ResultSpec[]): [string, string][] {
  return results.flatMap(({ name }) =>
    spellings("results", name, ".path").map((key): [string, string] => [
      key,
      `/tekton/results/${name}`,
    ]),
  );
}

function exitCodePaths(steps: readonly Step[]): [string, string][] {
  return steps.map((step, index) => {
    const name = containerName(step, index);
    return [`steps.${name}.exitCode.path`, `/tekton/steps/${name}/exitCode`];
  });
}

/** What only this step knows: where its own results go, and where it sees a workspace of its own. */
function stepPasses(step: Step, index: number): Replacements[] {
  const folder = `/tekton/steps/${containerName(step, index)}`;
  const results = (step.results ?? []).flatMap(({ name }) =>
    spellings("step.results", name, ".path").map((key): [string, string] => [
      key,
      `${folder}/results/${name}`,
    ]),
  );
  const workspaces = (step.workspaces ?? []).flatMap(({ name, mountPath }): [string, string][] =>
    mountPath === undefined ? [] : [[`workspaces.${name}.path`, mountPath]],
  );
  return [
    textReplacements([...results, ["step.artifacts.path", `${folder}/artifacts/provenance.json`]]),
    textReplacements(workspaces),
  ];
}

/** The name of a step's container. */
export function containerName({ name }: Step, index: number): string {
  return name === undefined ? `step-unnamed-${index}` : `step-${name}`;
}

/** An unbound workspace has an empty path, but no volume and claim: those variables stay as they are. */
function workspaceTexts(
  specs: readonly WorkspaceSpec[],
  bound: readonly BoundWorkspace[],
): [string, string][] {
  const unbound = specs.flatMap(({ name }): [string, string][] => [
    [`workspaces.${name}.bound`, "false"],
    [`workspaces.${name}.path`, ""],
  ]);
  const known = bound.flatMap(({ name, mount, claim }): [string, string][] => [
    [`workspaces.${name}.bound`, "true"],
    [`workspaces.${name}.path`, mount.mountPath],
    [`workspaces.${name}.claim`, claim],
    [`workspaces.${name}.volume`, mount.name],
  ]);
  return [...unbound, ...known];
}
