import { type Manifest, named, type Step } from "../manifests.ts";
import { paramValue, paramValues } from "../parameters.ts";
import { type Replacements, replaceIn, replaceValue, valueReplacements } from "../substitute.ts";

/**
 * Puts a StepAction in the place of the step that refers to it. The step's parameters may refer to the
 * Task's; only then are they put into the StepAction.
 * @throws Error if there is no such StepAction
 */
export function resolveStep(
  step: Step,
  manifests: readonly Manifest[],
  replacements: Replacements,
): Step {
  if (step.ref === undefined) return step;
  const action = named(manifests, "StepAction", step.ref.name);
  if (action === undefined) throw new Error(`there is no StepAction ${step.ref.name ?? ""}`);
  const { ref: _, params = [], ...own } = step;
  const { params: specs, ...body } = action.spec;
  const given = params.map(({ name, value }) => ({
    name,
    value: replaceValue(paramValue(value), replacements),
  }));
  return { ...replaceIn(body, valueReplacements("params", paramValues(specs, given))), ...own };
}
