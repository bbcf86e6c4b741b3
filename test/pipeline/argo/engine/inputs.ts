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
  return substitute(supplied, joinScopes(scope, inputScope(inputs), outputPaths(template)));
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
  const supplied = hasLocation(argument) ? { ...argument, ...described(declared) } : declared;
  if (hasLocation(supplied) || declared.optional === true) return supplied;
  throw new Error(`inputs.artifacts.${name} was not supplied`);
}

/** What an artifact says of itself, without where it comes from. */
function described(artifact: Artifact): Artifact {
  const own = Object.entries(artifact).filter(([field]) => locationFields.includes(field));
  return Object.fromEntries(own) as unknown as Artifact;
}

const inputArtifact = /^\{\{\s*inputs\.artifacts\.([\w-]+)\s*\}\}$/;

/**
 * Puts the location of the caller's own input artifacts in the place of references to them.
 *
 * @throws Error for references to what other nodes made: that is not emulated.
 */
export function resolveArtifacts(given: Arguments = {}, caller: Template): Arguments {
  const { artifacts } = given;
  if (artifacts === undefined) return given;
  return {
    ...given,
    artifacts: artifacts.map(({ from, ...artifact }) => {
      if (from === undefined) return artifact;
      const [, name] = inputArtifact.exec(from) ?? [];
      if (name === undefined) throw new Error("artifacts of other nodes are not emulated");
      const own = caller.inputs?.artifacts?.find((each) => each.name === name);
      return { ...own, name: artifact.name };
    }),
  };
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
