import { findWorkflowTemplate, withReferredSpec } from "./find-template.ts";
import type { LintContext } from "./lint/context.ts";
import { LintError } from "./lint/lint-error.ts";
import { checkArguments, checkNames } from "./lint/names.ts";
import { checkTemplate } from "./lint/template.ts";
import type { Arguments, Manifest, WorkflowSpec } from "./manifest.ts";

const globalTags = ["name", "namespace", "serviceAccountName", "uid", "mainEntrypoint"];
const moreGlobalTags = ["creationTimestamp", "creationTimestamp.RFC3339", "duration", "priority"];

/**
 * What Argo's linter has against a workflow of any kind, or against templates: its first
 * complaint, or `undefined`. `others` are the templates that the cluster has. That all fields are
 * known and of the right type is for the schema to say.
 */
export function lintManifest(
  manifest: Manifest,
  others: readonly Manifest[] = [],
): string | undefined {
  try {
    lint(manifest, others);
    return undefined;
  } catch (error) {
    if (!(error instanceof LintError)) throw error;
    return error.message;
  }
}

function lint(given: Manifest, others: readonly Manifest[]): void {
  const manifest = startedBy(given);
  const workflow = withReferred(manifest, others);
  const { templates = [], entrypoint = "", onExit, arguments: supplied = {} } = workflow.spec;
  checkNames("spec.templates", templates);
  checkArguments("spec.arguments", supplied);
  const context: LintContext = {
    others,
    spec: workflow.spec,
    globals: globalsOf(workflow),
    seen: new Set(),
  };
  const isWorkflow = manifest.kind === "Workflow";
  if (isWorkflow && entrypoint === "") throw new LintError("spec.entrypoint is required");
  const check = (name: string, by: Arguments | undefined): void => {
    const template = templates.find((each) => each.name === name);
    if (template === undefined) throw new LintError(`template name '${name}' undefined`);
    checkTemplate(context, { template, holder: workflow, given: by });
  };
  if (entrypoint !== "") check(entrypoint, isWorkflow ? supplied : undefined);
  if (onExit !== undefined) {
    for (const name of ["status", "failures"]) context.globals.add(`workflow.${name}`);
    check(onExit, supplied);
  }
  for (const { name } of templates) check(name, undefined);
}

/** What a CronWorkflow starts. */
function startedBy(manifest: Manifest): Manifest {
  if (manifest.kind !== "CronWorkflow") return manifest;
  const { workflowSpec } = manifest.spec as { readonly workflowSpec?: WorkflowSpec };
  if (workflowSpec === undefined) throw new LintError("spec.workflowSpec is required");
  return { ...manifest, kind: "Workflow", spec: workflowSpec };
}

function withReferred(manifest: Manifest, others: readonly Manifest[]): Manifest {
  const { workflowTemplateRef, templates = [] } = manifest.spec;
  if (workflowTemplateRef === undefined) return manifest;
  if (templates.length > 0) {
    throw new LintError(
      "Templates is invalid field in spec if workflow referred WorkflowTemplate reference",
    );
  }
  if (findWorkflowTemplate(workflowTemplateRef, others) === undefined) {
    throw new LintError(`workflowtemplates.argoproj.io "${workflowTemplateRef.name}" not found`);
  }
  return withReferredSpec(manifest, others);
}

function globalsOf({ metadata, spec }: Manifest): Set<string> {
  const { parameters = [], artifacts = [] } = spec.arguments ?? {};
  const names = [
    ...globalTags,
    ...moreGlobalTags,
    ...(parameters.length === 0 ? [] : ["parameters"]),
    ...parameters.map(({ name }) => `parameters.${name}`),
    ...artifacts.map(({ name }) => `artifacts.${name}`),
    ...Object.keys(metadata.labels ?? {}).map((name) => `labels.${name}`),
    ...Object.keys(metadata.annotations ?? {}).map((name) => `annotations.${name}`),
  ];
  return new Set(names.map((name) => `workflow.${name}`));
}
