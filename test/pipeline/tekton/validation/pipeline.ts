import type { Pipeline, PipelineSpec, PipelineTask } from "../manifests.ts";
import { paramValue } from "../parameters.ts";
import { orderProblems } from "../pipeline-graph.ts";
import { isWholeReference } from "../references.ts";
import { isList } from "../substitute.ts";
import { paramSpecProblems } from "./params.ts";
import { inlineTaskProblems } from "./task.ts";
import { type Scope, textProblems } from "./usage.ts";
import { duplicateParams, oneOfProblems, repeated, type Validation } from "./validation.ts";

/** What Tekton's validation has against a Pipeline, but for what depends on the Tasks it names. */
export function pipelineProblems({ spec }: Pipeline, validation: Validation): string[] {
  return pipelineSpecProblems(spec, validation);
}

/** The same for a Pipeline that stands in a run. */
export function inlinePipelineProblems(
  spec: PipelineSpec | undefined,
  validation: Validation,
): string[] {
  if (spec === undefined) return [];
  return pipelineSpecProblems(spec, { ...validation, isInline: true }).map(
    (problem) => `${problem} in spec.pipelineSpec`,
  );
}

function pipelineSpecProblems(spec: PipelineSpec, validation: Validation): string[] {
  const { tasks = [], finally: last = [], params = [] } = spec as Partial<PipelineSpec>;
  const scope = { specs: params, isInline: validation.isInline ?? false };
  return [
    ...(tasks.length === 0 ? ["missing field(s): spec.tasks"] : []),
    ...repeated([...tasks, ...last].map(({ name }) => name)).map(
      (name) => `expected exactly one, got both: spec.tasks[${name}].name`,
    ),
    ...paramSpecProblems(params, validation),
    ...orderProblems(tasks),
    ...tasks.flatMap((task, index) => [
      ...taskProblems(task, validation, `spec.tasks[${index}]`),
      ...workspaceProblems(task, spec, `spec.tasks[${index}]`),
      ...valueProblems(task, scope, `spec.tasks[${index}]`),
    ]),
    ...last.flatMap((task, index) => [
      ...taskProblems(task, validation, `spec.finally[${index}]`),
      ...workspaceProblems(task, spec, `spec.finally[${index}]`),
      ...valueProblems(task, scope, `spec.finally[${index}]`),
    ]),
  ];
}

function taskProblems(task: PipelineTask, validation: Validation, path: string): string[] {
  const { taskRef, taskSpec, params, matrix } = task;
  const inMatrix = new Set((matrix?.params ?? []).map(({ name }) => name));
  return [
    ...oneOfProblems(`${path}.taskRef, ${path}.taskSpec`, [taskRef, taskSpec]),
    ...inlineTaskProblems(taskSpec, validation, `${path}.taskSpec`),
    ...duplicateParams(params, `${path}.params`),
    ...duplicateParams(matrix?.params, `${path}.matrix.params`),
    ...(params ?? [])
      .filter(({ name }) => inMatrix.has(name))
      .map(
        ({ name }) =>
          `expected exactly one, got both: ${path}.matrix[${name}], ${path}.params[${name}]`,
      ),
  ];
}

function workspaceProblems(
  { name, workspaces = [] }: PipelineTask,
  spec: PipelineSpec,
  path: string,
): string[] {
  const declared = new Set((spec.workspaces ?? []).map((workspace) => workspace.name));
  return workspaces.flatMap((use, index) => {
    const wanted = use.workspace ?? use.name;
    const message = `invalid value: pipeline task "${name}" expects workspace with name "${wanted}" but none exists in pipeline spec`;
    return declared.has(wanted) ? [] : [`${message}: ${path}.workspaces[${index}]`];
  });
}

/** What is wrong with references to the Pipeline's parameters in the values for a task. */
function valueProblems(task: PipelineTask, scope: Scope, path: string): string[] {
  const given = [...(task.params ?? []), ...(task.matrix?.params ?? [])];
  return given.flatMap(({ name, value }) => {
    const read = paramValue(value);
    const texts = typeof read === "string" ? [read] : Object.values(read);
    return texts.flatMap((text) => {
      const takesLists = isList(read) || isWholeReference(text);
      return textProblems({ path: `${path}.params[${name}]`, text, takesLists }, scope);
    });
  });
}
