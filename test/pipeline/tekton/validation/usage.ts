import type { ParamSpec, StepBase } from "../manifests.ts";
import { typeOfSpec } from "../parameters.ts";
import { referencesTo, type VariableReference } from "../references.ts";

/** A text of a manifest: where it is, and whether a list may be put in its place. */
interface Place {
  readonly path: string;
  readonly text: string;
  readonly takesLists: boolean;
}

/** How parameters are checked: those of inline specs may come from outside. */
export interface Scope {
  readonly specs: readonly ParamSpec[];
  readonly isInline: boolean;
}

/** What is wrong with references to parameters in a step or a StepAction. */
export function usageProblems(step: StepBase, scope: Scope, path: string): string[] {
  const single = (text: string | undefined, field: string): Place[] =>
    text === undefined ? [] : [{ path: `${path}.${field}`, text, takesLists: false }];
  const list = (texts: readonly string[] | undefined, field: string): Place[] =>
    (texts ?? []).map((text, index) => ({
      path: `${path}.${field}[${index}]`,
      text,
      takesLists: true,
    }));
  const places = [
    ...single(step.image, "image"),
    ...single(step.workingDir, "workingDir"),
    ...single(step.script, "script"),
    ...list(step.command, "command"),
    ...list(step.args, "args"),
    ...(step.env ?? []).flatMap(({ name, value }) => single(value, `env[${name}]`)),
    ...(step.volumeMounts ?? []).flatMap(({ name, mountPath, subPath }, index) => [
      ...single(name, `volumeMounts[${index}].name`),
      ...single(mountPath, `volumeMounts[${index}].mountPath`),
      ...single(subPath, `volumeMounts[${index}].subPath`),
    ]),
  ];
  return places.flatMap((place) => textProblems(place, scope));
}

/** What is wrong with references to parameters in one text. */
export function textProblems({ path, text, takesLists }: Place, scope: Scope): string[] {
  return referencesTo("params", text).flatMap((reference) => {
    const reason = referenceProblem(reference, scope, takesLists ? text : undefined);
    return reason === undefined ? [] : [`${reason} in "${text}": ${path}`];
  });
}

/** `element` is the list's element that the reference is in. */
function referenceProblem(
  { whole, name, member, index }: VariableReference,
  { specs, isInline }: Scope,
  element: string | undefined,
): string | undefined {
  const spec = specs.find((one) => one.name === name);
  if (spec === undefined) return isInline ? undefined : "non-existent variable";
  const type = typeOfSpec(spec);
  const isEntire = index === "" || index === "[*]";
  if (type === "object") {
    if (member === "") return "variable type invalid";
    return Object.hasOwn(spec.properties ?? {}, member) ? undefined : "non-existent variable";
  }
  if (type !== "array" || !isEntire) return undefined;
  if (element === undefined) return "variable type invalid";
  return element === whole ? undefined : "variable is not properly isolated";
}
