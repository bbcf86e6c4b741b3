import {
  type Manifest,
  named,
  type PipelineTask,
  type Reference,
  type TaskSpec,
} from "../manifests.ts";
import { referencesTo, textsIn, type VariableReference } from "../references.ts";

/** References to results that their tasks do not have, or to one of a matrix as if it were alone. */
export function resultMisfits(
  part: unknown,
  tasks: readonly PipelineTask[],
  known: readonly Manifest[],
): string[] {
  const references = textsIn(part).flatMap((text) => referencesTo("tasks", text));
  return references.flatMap((reference) => {
    const task = tasks.find(({ name }) => name === reference.name);
    if (task === undefined) return [`${reference.whole} is of no task`];
    const spec = task.taskSpec ?? named(known, "Task", referredName(task.taskRef))?.spec;
    if (spec === undefined || !reference.member.startsWith("results")) return [];
    return resultMisfit(reference, spec, task.matrix !== undefined);
  });
}

function resultMisfit(
  { whole, name, member, index }: VariableReference,
  { results = [] }: TaskSpec,
  isMatrix: boolean,
): string[] {
  const result = results.find((one) => one.name === resultNameIn(member));
  if (result === undefined) return [`${whole} is no result of "${name}"`];
  const isList = isMatrix || result.type === "array";
  if (isList) return index === "" ? [`${whole} is a list and needs [*]`] : [];
  return index === "" || result.type === "object" ? [] : [`${whole} is no list`];
}

/** The result's name in `results.NAME`, `results.OBJECT.key` or `results["NAME"]`. */
function resultNameIn(member: string): string | undefined {
  return /^results(?:\.([^.]+)|\[["'](.*?)["']\])/.exec(member)?.slice(1).find(Boolean);
}

/** The name in a reference; resolvers have it in their parameters. */
export function referredName(reference: Reference | undefined): string | undefined {
  const parameter = reference?.params?.find(({ name }) => name === "name");
  return reference?.name ?? (parameter?.value as string | undefined);
}
