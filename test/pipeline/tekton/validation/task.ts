import { posix } from "node:path";
import type { Task, TaskSpec } from "../manifests.ts";
import { mergeStep } from "../pod/step-template.ts";
import { paramSpecProblems } from "./params.ts";
import { resultProblems, stepProblems } from "./step.ts";
import { usageProblems } from "./usage.ts";
import { repeated, type Validation } from "./validation.ts";

/** What Tekton's validation has against a Task. */
export function taskProblems({ spec }: Task, validation: Validation): string[] {
  return taskSpecProblems(spec, validation);
}

/** The same for a Task that stands in a run or a Pipeline, at `path`. */
export function inlineTaskProblems(
  spec: TaskSpec | undefined,
  validation: Validation,
  path: string,
): string[] {
  if (spec === undefined) return [];
  return taskSpecProblems(spec, { ...validation, isInline: true }).map(
    (problem) => `${problem} in ${path}`,
  );
}

function taskSpecProblems(spec: TaskSpec, validation: Validation): string[] {
  const { steps = [], stepTemplate, params = [], volumes = [] } = spec as Partial<TaskSpec>;
  const scope = { specs: params, isInline: validation.isInline ?? false };
  const merged = steps.map((step) =>
    step.ref === undefined ? mergeStep(step, stepTemplate) : step,
  );
  const names = steps.map(({ name }) => name ?? "");
  return [
    ...(steps.length === 0 ? ["missing field(s): spec.steps"] : []),
    ...repeated(volumes.map(({ name }) => name)).map(
      (name) => `multiple volumes with same name "${name}": spec.volumes`,
    ),
    ...workspaceProblems(spec),
    ...merged.flatMap((step, index) =>
      stepProblems(step, new Set(names.slice(0, index)), `spec.steps[${index}]`),
    ),
    ...paramSpecProblems(params, validation),
    ...steps.flatMap((step, index) => usageProblems(step, scope, `spec.steps[${index}]`)),
    ...resultProblems(spec.results ?? [], "spec"),
  ];
}

function workspaceProblems({ workspaces = [], steps = [] }: Partial<TaskSpec>): string[] {
  const names = new Set(workspaces.map(({ name }) => name));
  const mounted = steps.flatMap(({ volumeMounts = [] }) =>
    volumeMounts.map(({ mountPath }) => posix.normalize(mountPath)),
  );
  const places = workspaces.map(({ name, mountPath = `/workspace/${name}` }) =>
    posix.normalize(mountPath),
  );
  return [
    ...repeated(workspaces.map(({ name }) => name)).map(
      (name) => `workspace name "${name}" must be unique: spec.workspaces`,
    ),
    ...places.flatMap((place, index) => {
      const isTaken = mounted.includes(place) || places.indexOf(place) < index;
      const at = `spec.workspaces[${index}].mountpath`;
      return isTaken ? [`workspace mount path "${place}" must be unique: ${at}`] : [];
    }),
    ...steps.flatMap((step, index) =>
      (step.workspaces ?? []).flatMap(({ name }, place) =>
        names.has(name)
          ? []
          : [`undefined workspace "${name}": spec.steps[${index}].workspaces[${place}].name`],
      ),
    ),
  ];
}
