import { parseDuration } from "../../../../src/dockerfile/instructions/duration.ts";
import type { ResultSpec, Step, StepBase } from "../manifests.ts";
import { referencesTo } from "../references.ts";

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const resultName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const notWithRef: readonly (keyof StepBase)[] = [
  "image",
  "command",
  "args",
  "script",
  "env",
  "volumeMounts",
  "results",
];

/** What is wrong with a step, but for its parameters. `names` are those of the steps before it. */
export function stepProblems(step: Step, names: ReadonlySet<string>, path: string): string[] {
  return [
    ...(step.ref === undefined ? bodyProblems(step, path) : refProblems(step, path)),
    ...nameProblems(step.name, names, path),
    ...timeoutProblems(step.timeout, `${path}.negative timeout`),
    ...mountProblems(step, path),
    ...onErrorProblems(step.onError, path),
    ...resultProblems(step.results ?? [], path),
  ];
}

function refProblems(step: Step, path: string): string[] {
  const { name, resolver } = step.ref ?? {};
  return [
    ...(name === undefined && resolver === undefined ? [`missing field(s): ${path}.ref.name`] : []),
    ...notWithRef
      .filter((field) => step[field] !== undefined)
      .map((field) => `${field} cannot be used with Ref: ${path}.${field}`),
  ];
}

function bodyProblems({ image, script, command, params }: Step, path: string): string[] {
  return [
    ...((image ?? "") === "" ? [`missing field(s): ${path}.Image`] : []),
    ...(params === undefined ? [] : [`params cannot be used without Ref: ${path}.params`]),
    ...scriptProblems({ script, command }, path),
  ];
}

/** A script and a command are not given together. */
export function scriptProblems(
  { script, command = [] }: { readonly [field in "script" | "command"]: Step[field] | undefined },
  path: string,
): string[] {
  const hasBoth = (script ?? "") !== "" && command.length > 0;
  return hasBoth ? [`script cannot be used with command: ${path}.script`] : [];
}

function nameProblems(
  name: string | undefined,
  names: ReadonlySet<string>,
  path: string,
): string[] {
  if (name === undefined) return [];
  return [
    ...(names.has(name) ? [`expected exactly one, got both: ${path}.name`] : []),
    ...(label.test(name) ? [] : [`invalid value "${name}": ${path}.name`]),
  ];
}

/** A duration that is given is one, and not negative. */
export function timeoutProblems(timeout: string | undefined, path: string): string[] {
  if (timeout === undefined) return [];
  try {
    return parseDuration(timeout) < 0 ? [`invalid value: ${timeout}: ${path}`] : [];
  } catch (error) {
    return [`${String(error)}: ${path}`];
  }
}

function mountProblems({ volumeMounts = [] }: Step, path: string): string[] {
  return volumeMounts.flatMap(({ name, mountPath }, index) => {
    const place = `${path}.volumeMounts[${index}]`;
    const isTektons = mountPath.startsWith("/tekton/") && !mountPath.startsWith("/tekton/home");
    const under = `volumeMount cannot be mounted under /tekton/ (volumeMount "${name}" mounted at "${mountPath}")`;
    const reserved = `volumeMount name "${name}" cannot start with "tekton-internal-"`;
    return [
      ...(isTektons ? [`${under}: ${place}.mountPath`] : []),
      ...(name.startsWith("tekton-internal-") ? [`${reserved}: ${place}.name`] : []),
    ];
  });
}

function onErrorProblems(onError: string | undefined, path: string): string[] {
  if (onError === undefined || ["continue", "stopAndFail"].includes(onError)) return [];
  if (referencesTo("params", onError).length > 0) return [];
  return [`invalid value: "${onError}": ${path}.onError`];
}

/** What is wrong with declared results. */
export function resultProblems(results: readonly ResultSpec[], path: string): string[] {
  return results.flatMap(({ name, type, properties }, index) => {
    const place = `${path}.results[${index}]`;
    if (!resultName.test(name)) return [`invalid key name "${name}": ${place}.name`];
    if (type === "object" && properties === undefined) {
      return [`missing field(s): ${place}.${name}.properties`];
    }
    const isKnown = ["string", "array", "object", undefined].includes(type);
    return isKnown ? [] : [`invalid value: ${type ?? ""}: ${place}.type`];
  });
}
