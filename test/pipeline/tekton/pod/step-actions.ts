import { type Manifest, named, type Param, type Step } from "../manifests.ts";
import { paramValue, paramValues } from "../parameters.ts";
import {
  type Replacements,
  replaceIn,
  replaceValue,
  spellings,
  textReplacements,
  valueReplacements,
} from "../substitute.ts";

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
  const values = valueReplacements("params", paramValues(specs, given));
  const later = textReplacements(given.flatMap(laterList));
  return { ...replaceIn(replaceIn(body, later), values), ...own };
}

/** A list that is a result of an earlier step is put in by the entrypoint; until then it is named. */
function laterList({ name, value }: Param): [string, string][] {
  const result = typeof value === "string" ? /^\$\((steps\.[^()[]*)/.exec(value)?.[1] : undefined;
  if (result === undefined) return [];
  return spellings("params", name, "[*]").map((key) => [key, `$(${result}[*])`]);
}
