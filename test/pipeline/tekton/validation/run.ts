import type { PipelineRun, TaskRun, WorkspaceBinding } from "../manifests.ts";
import { inlinePipelineProblems } from "./pipeline.ts";
import { timeoutProblems } from "./step.ts";
import { inlineTaskProblems } from "./task.ts";
import { duplicateParams, oneOfProblems, repeated, type Validation } from "./validation.ts";

const sources = [
  "configMap",
  "emptyDir",
  "persistentVolumeClaim",
  "secret",
  "volumeClaimTemplate",
  "projected",
  "csi",
];

/** What Tekton's validation has against a TaskRun, but for what depends on the Task. */
export function taskRunProblems({ spec }: TaskRun, validation: Validation): string[] {
  const { taskRef, taskSpec, params, workspaces, timeout } = spec;
  return [
    ...oneOfProblems("spec.taskRef, spec.taskSpec", [taskRef, taskSpec]),
    ...inlineTaskProblems(taskSpec, validation, "spec.taskSpec"),
    ...duplicateParams(params, "spec.params"),
    ...bindingProblems(workspaces),
    ...timeoutProblems(timeout, "spec.timeout"),
  ];
}

/** What Tekton's validation has against a PipelineRun, but for what depends on the Pipeline. */
export function pipelineRunProblems({ spec }: PipelineRun, validation: Validation): string[] {
  const { pipelineRef, pipelineSpec, params, workspaces } = spec;
  return [
    ...oneOfProblems("spec.pipelineRef, spec.pipelineSpec", [pipelineRef, pipelineSpec]),
    ...inlinePipelineProblems(pipelineSpec, validation),
    ...duplicateParams(params, "spec.params"),
    ...bindingProblems(workspaces),
  ];
}

function bindingProblems(bindings: readonly WorkspaceBinding[] = []): string[] {
  const twice = repeated(bindings.map(({ name }) => name)).map(
    (name) => `expected exactly one, got both: spec.workspaces[${name}].name`,
  );
  const unclear = bindings.flatMap((binding, index) => {
    const paths = sources
      .slice(0, 5)
      .map((source) => `spec.workspaces[${index}].${source.toLowerCase()}`);
    return oneOfProblems(
      paths.join(", "),
      sources.map((source) => binding[source]),
    );
  });
  return [...twice, ...unclear];
}
