import type { ParamSpec } from "../manifests.ts";
import { paramValue, typeOfSpec, typeOfValue } from "../parameters.ts";
import { repeated, type Validation } from "./validation.ts";

const textName = /^[_a-zA-Z][_a-zA-Z0-9.-]*$/;
const objectName = /^[_a-zA-Z][_a-zA-Z0-9-]*$/;
const types = ["string", "array", "object"];

/** What is wrong with declared parameters: names, types, defaults, enums. */
export function paramSpecProblems(
  specs: readonly ParamSpec[] = [],
  { flags }: Validation,
): string[] {
  const hasEnums = flags.get("enable-param-enum") === "true";
  return [
    ...nameProblems(specs),
    ...repeated(specs.map(({ name }) => name)).map(
      (name) => `parameter appears more than once: spec.params[${name}]`,
    ),
    ...specs.flatMap((spec) => [...typeProblems(spec), ...enumProblems(spec, hasEnums)]),
  ];
}

function nameProblems(specs: readonly ParamSpec[]): string[] {
  const texts = specs
    .filter((spec) => typeOfSpec(spec) !== "object")
    .map(({ name }) => name)
    .filter((name) => !textName.test(name));
  const objects = specs
    .filter((spec) => typeOfSpec(spec) === "object")
    .flatMap(({ name, properties = {} }) => [name, ...Object.keys(properties)])
    .filter((name) => !objectName.test(name));
  return [
    ...(texts.length === 0
      ? []
      : [
          `The format of following array and string variable names is invalid: [${texts.join(" ")}]: spec.params`,
        ]),
    ...(objects.length === 0
      ? []
      : [`Object param name and key name format is invalid: [${objects.join(" ")}]: spec.params`]),
  ];
}

function typeProblems(spec: ParamSpec): string[] {
  const { name, default: fallback, properties } = spec;
  const type = typeOfSpec(spec);
  if (!types.includes(type)) return [`invalid value: ${type}: spec.params.${name}.type`];
  if (type === "object" && properties === undefined) {
    return [`missing field(s): spec.${name}.properties`];
  }
  const found = fallback === undefined ? type : typeOfValue(paramValue(fallback));
  if (found !== type) {
    const paths = `spec.params.${name}.default.type, spec.params.${name}.type`;
    return [`"${type}" type does not match default value's type: "${found}": ${paths}`];
  }
  const odd = Object.entries(properties ?? {})
    .filter(([, property]) => (property.type ?? "string") !== "string")
    .map(([key]) => key);
  return odd.length === 0
    ? []
    : [
        `The value type specified for these keys [${odd.join(" ")}] is invalid: spec.params.${name}.properties`,
      ];
}

function enumProblems(
  { name, type = "string", enum: allowed, default: fallback }: ParamSpec,
  hasEnums: boolean,
): string[] {
  if (allowed === undefined) return [];
  const path = `spec.params[${name}]`;
  if (!hasEnums) {
    return [`feature flag \`enable-param-enum\` should be set to true to use Enum: ${path}`];
  }
  if (type !== "string") return [`enum can only be set with string type param: ${path}`];
  const twice = repeated(allowed).map(
    (value) => `parameter enum value ${value} appears more than once: ${path}`,
  );
  const value = fallback === undefined ? undefined : paramValue(fallback);
  if (typeof value !== "string" || allowed.includes(value)) return twice;
  return [...twice, `param default value ${value} not in the enum list: ${path}`];
}
