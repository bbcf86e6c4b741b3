import { hasLocation } from "../engine/inputs.ts";
import type { Arguments, Parameter } from "../manifest.ts";
import { LintError } from "./lint-error.ts";

const parameterName = /^[-A-Za-z0-9_]+$/;
const templateName = /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const parameterRule =
  "Parameter/Artifact name must consist of alpha-numeric characters, '_' or '-' e.g. my_param_1, MY-PARAM-1";
const templateRule =
  "name must consist of alpha-numeric characters or '-', and must start with an alpha-numeric character (e.g. My-name1-2, 123-NAME)";

interface Named {
  readonly name?: string;
}

/** Checks the names of templates, steps or tasks: each there, permitted and used once. */
export function checkNames(place: string, list: readonly Named[]): void {
  check(place, list, { pattern: templateName, rule: templateRule });
}

/** Checks the names of parameters and artifacts, and the enums of parameters. */
export function checkArguments(
  place: string,
  { parameters = [], artifacts = [] }: Arguments,
): void {
  const names = { pattern: parameterName, rule: parameterRule };
  check(`${place}.parameters`, parameters, names);
  check(`${place}.artifacts`, artifacts, names);
  for (const parameter of parameters) checkEnum(place, parameter);
}

/** Checks that parameters have a value, and artifacts a source: arguments of a call need them. */
export function checkValues(place: string, { parameters = [], artifacts = [] }: Arguments): void {
  const missing = parameters.find(({ value, valueFrom }) => (value ?? valueFrom) === undefined);
  if (missing !== undefined) throw new LintError(`${place}.${missing.name}.value is required`);
  const empty = artifacts.find(
    (each) => !hasLocation(each) && each["from"] === undefined && each.optional !== true,
  );
  if (empty === undefined) return;
  throw new LintError(`${place}.${empty.name}.from, artifact location, or key is required`);
}

interface NameRule {
  readonly pattern: RegExp;
  readonly rule: string;
}

function check(place: string, list: readonly Named[], { pattern, rule }: NameRule): void {
  const seen = new Set<string>();
  for (const [at, { name = "" }] of list.entries()) {
    if (name === "") throw new LintError(`${place}[${at}].name is required`);
    if (seen.has(name)) throw new LintError(`${place}[${at}].name '${name}' is not unique`);
    seen.add(name);
    if (!pattern.test(name)) {
      throw new LintError(`${place}[${at}].name: '${name}' is invalid: ${rule}`);
    }
  }
}

function checkEnum(place: string, { name, value, enum: permitted }: Parameter): void {
  if (permitted === undefined) return;
  if (permitted.length === 0) {
    throw new LintError(`${place}.${name}.enum should contain at least one value`);
  }
  if (value !== undefined && !permitted.includes(value)) {
    const list = `${place}.${name}.enum`;
    throw new LintError(`${place}.${name}.value should be present in ${list} list`);
  }
}
