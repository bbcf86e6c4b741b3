import type { Param, ParamSpec, Task, TaskRun, WorkspaceBinding } from "./manifests.ts";
import { paramValue, paramValues, typeOfSpec, typeOfValue } from "./parameters.ts";
import { isList, type ParamValue } from "./substitute.ts";

/** Why Tekton's controller refuses a run of this Task: parameters, workspaces and claims. */
export function runProblems({ spec }: Task, { spec: run }: TaskRun): string[] {
  const bound = new Set((run.workspaces ?? []).map(({ name }) => name));
  return [
    ...paramProblems(spec.params, run.params),
    ...(spec.workspaces ?? [])
      .filter(({ name, optional }) => optional !== true && !bound.has(name))
      .map(({ name }) => `workspace "${name}" is declared but not bound`),
    ...claimProblems(run.workspaces ?? []),
    ...indexProblems(JSON.stringify(spec.steps), paramValues(spec.params, run.params)),
  ];
}

/** What is wrong with the values that are given for declared parameters. */
export function paramProblems(
  specs: readonly ParamSpec[] = [],
  params: readonly Param[] = [],
): string[] {
  const values = paramValues(specs, params);
  return specs.flatMap((spec) => {
    const value = values.get(spec.name);
    if (value === undefined) return [`param "${spec.name}" is missing`];
    const given = params.find(({ name }) => name === spec.name);
    return [
      ...typeProblems(spec, given),
      ...keyProblems(spec, value),
      ...enumProblems(spec, value),
    ];
  });
}

function typeProblems(spec: ParamSpec, given: Param | undefined): string[] {
  if (given === undefined) return [];
  const [wanted, found] = [typeOfSpec(spec), typeOfValue(paramValue(given.value))];
  return wanted === found ? [] : [`param "${spec.name}" is of type ${found}, not ${wanted}`];
}

function keyProblems({ name, properties = {} }: ParamSpec, value: ParamValue): string[] {
  if (typeof value === "string" || isList(value)) return [];
  return Object.keys(properties)
    .filter((key) => !Object.hasOwn(value, key))
    .map((key) => `param "${name}" has no key "${key}"`);
}

function enumProblems({ name, enum: allowed }: ParamSpec, value: ParamValue): string[] {
  if (allowed === undefined || typeof value !== "string") return [];
  if (value === "" || allowed.includes(value)) return [];
  return [`param "${name}" is "${value}", which its enum does not have`];
}

function claimProblems(bindings: readonly WorkspaceBinding[]): string[] {
  const claims = bindings.flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined ? [] : [JSON.stringify(persistentVolumeClaim)],
  );
  const names = new Set(claims.map((claim) => /"claimName":"([^"]*)"/.exec(claim)?.[1]));
  return names.size > 1 ? ["more than one PersistentVolumeClaim is bound"] : [];
}

function indexProblems(text: string, values: ReadonlyMap<string, ParamValue>): string[] {
  return [...text.matchAll(/\$\(params\.([\w.-]+)\[(\d+)\]\)/g)].flatMap(([whole, name, index]) => {
    const value = values.get(name ?? "");
    if (value === undefined || !isList(value) || Number(index) < value.length) return [];
    return [`${whole} is beyond the ${value.length} elements of the param`];
  });
}
