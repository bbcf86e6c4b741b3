import type { Parameter, Template } from "../manifest.ts";
import { checkTags, isPodTemplate } from "./context.ts";
import { LintError } from "./lint-error.ts";
import { checkArguments } from "./names.ts";

/** Checks the outputs of a template, with the tags that are known after it. */
export function checkOutputs(place: string, template: Template, known: ReadonlySet<string>): void {
  checkArguments(`${place}.outputs`, template.outputs ?? {});
  for (const parameter of template.outputs?.parameters ?? []) {
    checkOutput(`${place}.outputs.parameters.${parameter.name}`, parameter, template);
  }
  checkTags(`${place}.outputs`, template.outputs, known);
}

function checkOutput(place: string, { value, valueFrom }: Parameter, template: Template): void {
  if (valueFrom === undefined && value === undefined) {
    throw new LintError(`${place} does not have valueFrom or value specified`);
  }
  if (valueFrom === undefined) return;
  if (value !== undefined) {
    throw new LintError(`${place} has both valueFrom and value specified. Choose one.`);
  }
  const { path, parameter, expression } = valueFrom;
  if (isPodTemplate(template)) {
    if (path === undefined) {
      throw new LintError(`${place}.path must be specified for Container templates`);
    }
  } else if ((parameter ?? expression) === undefined) {
    const kind = template.dag === undefined ? "Steps" : "DAG";
    throw new LintError(`${place}.parameter or expression must be specified for ${kind} templates`);
  }
}
