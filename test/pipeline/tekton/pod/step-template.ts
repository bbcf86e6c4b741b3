import path from "node:path";
import type { Step, StepBase } from "../manifests.ts";

/**
 * Merges the stepTemplate into a step: the step wins. Environment and mounts are merged by name and
 * place, the step's first; objects field by field; other lists as a whole, where an empty one does not
 * count.
 */
export function mergeStep(step: Step, template: StepBase | undefined): Step {
  if (template === undefined) return step;
  return {
    ...merged(template, step),
    env: mergedList([step.env, template.env], ({ name }) => name),
    volumeMounts: mergedList([step.volumeMounts, template.volumeMounts], ({ mountPath }) =>
      path.posix.normalize(mountPath),
    ),
  };
}

/** The list of both, without what the first already has. */
function mergedList<Element>(
  [first = [], second = []]: readonly (readonly Element[] | undefined)[],
  key: (element: Element) => string,
): Element[] {
  const taken = new Set(first.map(key));
  return [...first, ...second.filter((element) => !taken.has(key(element)))];
}

function merged(lower: object, upper: object): object {
  const result: Record<string, unknown> = { ...lower };
  for (const [key, value] of Object.entries(upper)) {
    if (Array.isArray(value) && value.length === 0) continue;
    const below = result[key];
    result[key] = isObject(below) && isObject(value) ? merged(below, value) : (value as unknown);
  }
  return result;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
