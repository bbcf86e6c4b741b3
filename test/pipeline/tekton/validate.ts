import { hasSchemas } from "../../support/manifest-schema.ts";
import type { Manifest } from "./manifests.ts";
import { decodeProblems } from "./validation/decode.ts";
import { pipelineProblems } from "./validation/pipeline.ts";
import { pipelineRunProblems, taskRunProblems } from "./validation/run.ts";
import { stepActionProblems } from "./validation/step-action.ts";
import { taskProblems } from "./validation/task.ts";
import type { Validation } from "./validation/validation.ts";

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
  const validate = validators.get(manifest.kind);
  if (validate === undefined) return [`no kind "${manifest.kind}": kind`];
  const undecoded = hasSchemas ? await decodeProblems(manifest) : [];
  return undecoded.length > 0 ? undecoded : validate(manifest as never, { flags });
}

const validators = new Map<string, (manifest: never, validation: Validation) => string[]>([
  ["Task", taskProblems],
  ["StepAction", stepActionProblems],
  ["TaskRun", taskRunProblems],
  ["Pipeline", pipelineProblems],
  ["PipelineRun", pipelineRunProblems],
]);
