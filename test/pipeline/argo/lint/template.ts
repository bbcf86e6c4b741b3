import { hasLocation } from "../engine/inputs.ts";
import type { Container, Parameter, Template } from "../manifest.ts";
import { checkDag, checkSteps } from "./calls.ts";
import { checkTags, isPodTemplate, type LintCall, type LintContext } from "./context.ts";
import { LintError } from "./lint-error.ts";
import { checkArguments } from "./names.ts";

const types = ["container", "containerSet", "steps", "script", "resource", "dag", "suspend"];
const otherTypes = ["http", "plugin", "data"];
const choice = `choose one of: ${[...types, "template", "template ref"].join(", ")}`;

/**
 * Checks a template and all that it calls, as Argo's linter does.
 *
 * @throws LintError
 */
export function checkTemplate(context: LintContext, call: LintCall): void {
  const { template, given } = call;
  const place = `templates.${template.name}`;
  const chosen = [...types, ...otherTypes].filter((type) => template[type] !== undefined);
  if (chosen.length === 0) {
    throw new LintError(`${place} template type unspecified. ${choice}`);
  }
  if (chosen.length > 1) {
    throw new LintError(`${place} multiple template types specified. ${choice}`);
  }
  checkInputs(place, template);
  if (given !== undefined) checkGiven(place, call);
  if (context.seen.has(template)) return;
  context.seen.add(template);
  const scope = new Set([...context.globals, ...ownTags(template)]);
  const after = checkBody(context, call, scope);
  checkOutputs(place, template, after);
}

function checkBody(
  context: LintContext,
  caller: LintCall,
  scope: ReadonlySet<string>,
): ReadonlySet<string> {
  const { template } = caller;
  const calling = { context, caller, check: checkTemplate, scope };
  if (template.steps !== undefined) return checkSteps(calling);
  if (template.dag !== undefined) return checkDag(calling);
  checkLeaf(template, scope);
  return scope;
}

function checkInputs(place: string, template: Template): void {
  const { inputs = {} } = template;
  checkArguments(`${place}.inputs`, inputs);
  if (!isPodTemplate(template)) return;
  const { volumeMounts = [] } = template.container ?? template.script ?? {};
  for (const [at, { name, path }] of (inputs.artifacts ?? []).entries()) {
    if (path === undefined || path === "") {
      const fault = `Artifact '${name}' did not specify a path`;
      throw new LintError(`error in ${place}.inputs.artifacts.${name}: ${fault}`);
    }
    const mount = volumeMounts.find(({ mountPath }) => mountPath === path);
    if (mount === undefined) continue;
    const mounted = `already mounted in container.volumeMounts.${mount.name}`;
    throw new LintError(`${place}.inputs.artifacts[${at}].path '${path}' ${mounted}`);
  }
}

function checkGiven(place: string, { template, given = {} }: LintCall): void {
  const { parameters = [], artifacts = [] } = template.inputs ?? {};
  const wanted = parameters.filter((each) => (each.value ?? each.default) === undefined);
  checkSupplied(`${place} inputs.parameters`, wanted, given.parameters);
  const needed = artifacts.filter((each) => each.optional !== true && !hasLocation(each));
  checkSupplied(`${place} inputs.artifacts`, needed, given.artifacts);
}

function checkSupplied(
  place: string,
  wanted: readonly { readonly name: string }[],
  given: readonly { readonly name: string }[] = [],
): void {
  const missing = wanted.find(({ name }) => !given.some((each) => each.name === name));
  if (missing !== undefined) throw new LintError(`${place}.${missing.name} was not supplied`);
}

/** Tags that hold in this template only. */
function ownTags(template: Template): readonly string[] {
  const { inputs = {}, outputs = {}, retryStrategy } = template;
  const lastRetry = ["exitCode", "status", "duration", "message"].map(
    (each) => `lastRetry.${each}`,
  );
  return [
    "node.name",
    "inputs.parameters",
    ...names(inputs.parameters).map((name) => `inputs.parameters.${name}`),
    ...names(inputs.artifacts).map((name) => `inputs.artifacts.${name}`),
    ...names(inputs.artifacts).map((name) => `inputs.artifacts.${name}.path`),
    ...(isPodTemplate(template) ? ["pod.name"] : []),
    ...(retryStrategy === undefined ? [] : ["retries", ...lastRetry]),
    ...names(outputs.parameters).map((name) => `outputs.parameters.${name}.path`),
    ...names(outputs.artifacts).map((name) => `outputs.artifacts.${name}.path`),
  ];
}

function names(list: readonly { readonly name: string }[] = []): readonly string[] {
  return list.map(({ name }) => name);
}

/** Here the outputs of the workflow are not known yet; as the value of an input they may be used. */
function checkLeaf(template: Template, scope: ReadonlySet<string>): void {
  const { inputs: _, ...body } = template;
  const place = `templates.${template.name}`;
  const known = [...scope].filter((tag) => !tag.startsWith("workflow.outputs."));
  checkTags(`${place}:`, body, new Set(known));
  for (const type of ["container", "script"] as const) {
    const container: Container | undefined = template[type];
    if (container === undefined || (container.image ?? "") !== "") continue;
    throw new LintError(`${place}.${type}.image may not be empty`);
  }
}

function checkOutputs(place: string, template: Template, known: ReadonlySet<string>): void {
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
  const { path, parameter, expression } = valueFrom;
  if (isPodTemplate(template)) {
    if (path === undefined) {
      throw new LintError(`${place}.valueFrom.path must be specified for Container templates`);
    }
  } else if ((parameter ?? expression) === undefined) {
    const kind = template.dag === undefined ? "Steps" : "DAG";
    throw new LintError(
      `${place}.valueFrom.parameter or expression must be specified for ${kind} templates`,
    );
  }
}
