import { hasLocation } from "../engine/inputs.ts";
import type { Artifact, Template } from "../manifest.ts";
import { isPodTemplate, type LintCall } from "./context.ts";
import { LintError } from "./lint-error.ts";
import { checkArguments } from "./names.ts";

/** Checks what a template declares as its inputs. */
export function checkInputs(place: string, template: Template): void {
  const { inputs = {} } = template;
  checkArguments(`${place}.inputs`, inputs);
  for (const artifact of inputs.artifacts ?? []) {
    checkInputArtifact(`${place}.inputs.artifacts.${artifact.name}`, artifact, template);
  }
}

function checkInputArtifact(
  place: string,
  { name, path = "", from, git }: Artifact,
  template: Template,
): void {
  const isPod = isPodTemplate(template);
  if (isPod && path === "") {
    throw new LintError(`error in ${place}: Artifact '${name}' did not specify a path`);
  }
  if (!isPod && path !== "") {
    throw new LintError(`${place}.path only valid in container/script templates`);
  }
  if (from !== undefined) throw new LintError(`${place}.from not valid in inputs`);
  if (git !== undefined && (git as { repo?: string }).repo === undefined) {
    throw new LintError(`${place}.git.repo is required`);
  }
}

/** Checks that a call gives what a template needs. */
export function checkGiven(place: string, { template, given = {} }: LintCall): void {
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
export function ownTags(template: Template): readonly string[] {
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
