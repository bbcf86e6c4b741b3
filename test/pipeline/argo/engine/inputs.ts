import type { Arguments, Artifact, Parameter, Template } from "../manifest.ts";
import { joinScopes, type Scope, substitute } from "../substitute.ts";

/**
 * Puts a template's inputs and all known tags in place.
 *
 * @throws Error when an input is not supplied.
 */
export function supplyInputs(template: Template, given: Arguments, scope: Scope): Template {
  const known = substitute(template, scope);
  const { parameters, artifacts } = known.inputs ?? {};
  const inputs = {
    ...(parameters && { parameters: parameters.map((each) => supplyParameter(each, given)) }),
    ...(artifacts && { artifacts: artifacts.map((each) => supplyArtifact(each, given)) }),
  };
  const supplied = known.inputs === undefined ? known : { ...known, inputs };
  return substitute(supplied, joinScopes(inputScope(inputs), outputPaths(template)));
}

function supplyParameter(declared: Parameter, given: Arguments): Parameter {
  const { name } = declared;
  const argument = given.parameters?.find((each) => each.name === name)?.value;
  const value = argument ?? declared.value ?? declared.default;
  if (value === undefined) throw new Error(`inputs.parameters.${name} was not supplied`);
  return { ...declared, value };
}

const locationFields = ["name", "path", "mode", "optional", "archive", "recurseMode", "from"];

/** Whether it is said where the artifact comes from. */
export function hasLocation(artifact: Artifact): boolean {
  return Object.keys(artifact).some((field) => !locationFields.includes(field));
}

function supplyArtifact(declared: Artifact, given: Arguments): Artifact {
  const { name } = declared;
  const argument = given.artifacts?.find((each) => each.name === name) ?? { name };
  if (argument["from"] !== undefined) throw new Error("artifacts of other nodes are not emulated");
  const supplied = hasLocation(argument) ? { ...declared, ...argument } : declared;
  if (hasLocation(supplied) || declared.optional === true) return supplied;
  throw new Error(`inputs.artifacts.${name} was not supplied`);
}

function inputScope({ parameters = [], artifacts = [] }: Arguments): Scope {
  return new Map([
    ...parameters.map(({ name, value = "" }) => [`inputs.parameters.${name}`, value] as const),
    ["inputs.parameters", JSON.stringify(parameters)],
    ...artifacts.map(({ name, path = "" }) => [`inputs.artifacts.${name}.path`, path] as const),
  ]);
}

function outputPaths({ outputs = {} }: Template): Scope {
  return new Map([
    ...(outputs.parameters ?? []).map(
      ({ name, valueFrom }) => [`outputs.parameters.${name}.path`, valueFrom?.path ?? ""] as const,
    ),
    ...(outputs.artifacts ?? []).map(
      ({ name, path = "" }) => [`outputs.artifacts.${name}.path`, path] as const,
    ),
  ]);
}
