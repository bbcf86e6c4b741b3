import type { Parameter, Template } from "../manifest.ts";
import { type Scope, substitute, substituteAll } from "../substitute.ts";
import type { Outputs } from "./execution.ts";

/**
 * The output parameters of a steps or DAG template, from those of its calls.
 *
 * @throws Error when there is no value for one.
 */
export function groupOutputs({ outputs }: Template, scope: Scope): { outputs?: Outputs } {
  if (outputs?.parameters === undefined) return {};
  return { outputs: { parameters: outputs.parameters.map((each) => withValue(each, scope)) } };
}

function withValue(parameter: Parameter, scope: Scope): Parameter {
  const { value, valueFrom = {} } = parameter;
  const { parameter: source, expression, default: fallback } = valueFrom;
  const text = source ?? (expression === undefined ? value : `{{=${expression}}}`);
  const replaced = substitute(text, scope);
  if (replaced !== undefined && !replaced.includes("{{")) return { ...parameter, value: replaced };
  return { ...parameter, value: fallback ?? substituteAll(text ?? "", scope) };
}
