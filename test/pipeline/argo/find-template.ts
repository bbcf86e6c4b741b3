import type { Manifest, Template, TemplateRef } from "./manifest.ts";

/** A template, and the object that names of other templates in it are looked up in. */
export interface FoundTemplate {
  readonly template: Template;
  readonly holder: Manifest;
}

/** The part of a call that says which template is meant. */
export interface TemplateName {
  readonly template?: string;
  readonly templateRef?: TemplateRef;
  readonly inline?: unknown;
}

/**
 * Finds the template that a call in `holder` means.
 *
 * @throws Error with Argo's message when there is none.
 */
export function findTemplate(
  { template: name = "", templateRef, inline }: TemplateName,
  holder: Manifest,
  others: readonly Manifest[],
): FoundTemplate {
  if (inline !== undefined) throw new Error("inline templates are not emulated");
  if (templateRef === undefined) {
    const template = holder.spec.templates?.find((each) => each.name === name);
    if (template === undefined) throw new Error(`template name '${name}' undefined`);
    return { template, holder };
  }
  const owner = findWorkflowTemplate(templateRef, others);
  const template = owner?.spec.templates?.find((each) => each.name === templateRef.template);
  if (owner === undefined || template === undefined) {
    throw new Error(`template reference ${templateRef.name}.${templateRef.template} not found`);
  }
  return { template, holder: owner };
}

/** Finds a WorkflowTemplate, or a ClusterWorkflowTemplate where the reference has that scope. */
export function findWorkflowTemplate(
  { name, clusterScope }: { readonly name: string; readonly clusterScope?: boolean },
  manifests: readonly Manifest[],
): Manifest | undefined {
  const kind = clusterScope === true ? "ClusterWorkflowTemplate" : "WorkflowTemplate";
  return manifests.find((each) => each.kind === kind && each.metadata.name === name);
}

/**
 * Gives the workflow that Argo runs for one with `workflowTemplateRef`: the template's spec, with
 * the workflow's own fields over it, and the arguments of both.
 *
 * @throws Error when there is no such template.
 */
export function withReferredSpec(workflow: Manifest, others: readonly Manifest[]): Manifest {
  const { workflowTemplateRef } = workflow.spec;
  if (workflowTemplateRef === undefined) return workflow;
  const referred = findWorkflowTemplate(workflowTemplateRef, others);
  if (referred === undefined) {
    throw new Error(`workflowtemplates.argoproj.io "${workflowTemplateRef.name}" not found`);
  }
  const { arguments: below = {}, ...spec } = referred.spec;
  const above = workflow.spec.arguments ?? {};
  return {
    ...workflow,
    spec: {
      ...spec,
      ...workflow.spec,
      templates: referred.spec.templates ?? [],
      arguments: {
        parameters: mergeByName(above.parameters, below.parameters),
        artifacts: mergeByName(above.artifacts, below.artifacts),
      },
    },
  };
}

function mergeByName<Item extends { readonly name: string }>(
  above: readonly Item[] = [],
  below: readonly Item[] = [],
): readonly Item[] {
  return [...above, ...below.filter(({ name }) => !above.some((each) => each.name === name))];
}
