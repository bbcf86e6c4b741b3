import {
  type Manifest,
  named,
  type ResultSpec,
  type Step,
  type StepActionSpec,
  type TaskSpec,
} from "../manifests.ts";
import { referencesTo, textsIn } from "../references.ts";

/** What `check` has against the StepAction that a step refers to, or that there is none. */
export function stepActionMisfits(
  { name = "", ref }: Step,
  known: readonly Manifest[],
  check: (action: StepActionSpec) => string[],
): string[] {
  if (ref === undefined) return [];
  const action = named(known, "StepAction", ref.name);
  if (action !== undefined) return check(action.spec).map((problem) => `${name}: ${problem}`);
  return ref.resolver === undefined ? [`${name}: there is no StepAction "${ref.name ?? ""}"`] : [];
}

/** References of a Task to results, workspaces and step results that are not declared. */
export function undeclaredVariables(spec: TaskSpec, known: readonly Manifest[]): string[] {
  const { steps, stepTemplate, volumes, results = [], workspaces = [] } = spec;
  const texts = textsIn([steps, stepTemplate, volumes]);
  const stepResults = steps.flatMap((step) =>
    resultsOf(step, known).map((result) => `${step.name ?? ""}.results.${result.name}`),
  );
  return [
    ...undeclared("results", texts, namesOf(results)),
    ...undeclared("workspaces", texts, namesOf(workspaces)),
    ...undeclaredStepResults([...texts, ...textsIn(results)], new Set(stepResults)),
    ...steps.flatMap((step) =>
      undeclaredOwnResults(textsIn(step), namesOf(resultsOf(step, known))),
    ),
  ];
}

function namesOf(declared: readonly { readonly name: string }[]): Set<string> {
  return new Set(declared.map(({ name }) => name));
}

function resultsOf({ ref, results = [] }: Step, known: readonly Manifest[]): readonly ResultSpec[] {
  if (ref === undefined) return results;
  return named(known, "StepAction", ref.name)?.spec.results ?? [];
}

function undeclared(
  prefix: string,
  texts: readonly string[],
  names: ReadonlySet<string>,
): string[] {
  return texts
    .flatMap((text) => referencesTo(prefix, text))
    .filter(({ name }) => !names.has(name))
    .map(({ whole }) => `${whole} is not declared`);
}

function undeclaredStepResults(texts: readonly string[], declared: ReadonlySet<string>): string[] {
  return texts
    .flatMap((text) => referencesTo("steps", text))
    .filter(({ name, member }) => {
      const [kind, result] = member.split(".");
      return kind === "results" && !declared.has(`${name}.results.${result ?? ""}`);
    })
    .map(({ whole }) => `${whole} is not declared`);
}

function undeclaredOwnResults(texts: readonly string[], names: ReadonlySet<string>): string[] {
  return undeclared("step\\.results", texts, names);
}
