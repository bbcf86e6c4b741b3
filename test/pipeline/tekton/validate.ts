import { hasSchemas } from "../../support/manifest-schema.ts";
import { decodeProblems } from "./decode.ts";
import type { Manifest, Pipeline, PipelineRun, StepAction, Task, TaskRun } from "./manifests.ts";
import { pipelineProblems } from "./validate-pipeline.ts";
import { pipelineRunProblems, taskRunProblems } from "./validate-run.ts";
import { stepActionProblems } from "./validate-step-action.ts";
import { taskProblems } from "./validate-task.ts";
import type { Validation } from "./validation.ts";

/**
 * What Tekton's webhook says against a manifest, each problem as `message: path`: strict decoding, then
 * validation. Of other kinds than Tekton's it says nothing. Where the schemas are not there, a wrong type
 * or an unknown field is not noticed.
 */
export async function manifestProblems(
  manifest: Manifest,
  flags: ReadonlyMap<string, string> = new Map(),
): Promise<string[]> {
  if (!manifest.apiVersion.startsWith("tekton.dev/")) return [];
  const undecoded = hasSchemas ? await decodeProblems(manifest) : [];
  return undecoded.length > 0 ? undecoded : validationProblems(manifest, { flags });
}

function validationProblems(manifest: Manifest, validation: Validation): string[] {
  switch (manifest.kind) {
    case "Task":
      return taskProblems(manifest as Task, validation);
    case "StepAction":
      return stepActionProblems(manifest as StepAction, validation);
    case "TaskRun":
      return taskRunProblems(manifest as TaskRun, validation);
    case "Pipeline":
      return pipelineProblems(manifest as Pipeline, validation);
    case "PipelineRun":
      return pipelineRunProblems(manifest as PipelineRun, validation);
    default:
      return [`no kind "${manifest.kind}": kind`];
  }
}
