import type { StepAction } from "../manifests.ts";
import { referencesTo } from "../references.ts";
import { paramSpecProblems } from "./params.ts";
import { resultProblems, scriptProblems } from "./step.ts";
import { usageProblems } from "./usage.ts";
import type { Validation } from "./validation.ts";

/** What Tekton's validation has against a StepAction. */
export function stepActionProblems({ spec }: StepAction, validation: Validation): string[] {
  const { image = "", script = "", command, params = [], volumeMounts = [] } = spec;
  const hasParamInScript = referencesTo("params", script).length > 0;
  return [
    ...(image === "" ? ["missing field(s): spec.Image"] : []),
    ...scriptProblems({ script, command }, "spec"),
    ...(hasParamInScript ? ["param substitution in scripts is not allowed.: spec.script"] : []),
    ...volumeMounts.flatMap(({ name }, index) =>
      /^\$\(params[.[][^()]*\)$/.test(name)
        ? []
        : [`invalid value: ${name}: spec.volumeMounts[${index}].name`],
    ),
    ...paramSpecProblems(params, validation),
    ...usageProblems(spec, { specs: params, isInline: false }, "spec"),
    ...resultProblems(spec.results ?? [], "spec"),
  ];
}
