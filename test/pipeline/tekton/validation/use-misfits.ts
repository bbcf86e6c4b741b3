import type { Param, ParamSpec, WorkspaceSpec } from "../manifests.ts";
import { typeOfSpec } from "../parameters.ts";
import { isWholeReference } from "../references.ts";
import { paramProblems } from "../run-problems.ts";

/** What a run, a pipeline task or a step gives to what it refers to. */
export interface Use {
  readonly params?: readonly Param[] | undefined;
  /** Lists, of which the other side gets one element. */
  readonly matrix?: readonly Param[] | undefined;
  readonly workspaces?: readonly { readonly name: string }[] | undefined;
}

/** What is declared on the other side. */
interface Declared {
  readonly params?: readonly ParamSpec[];
  readonly workspaces?: readonly WorkspaceSpec[];
}

/** What is wrong with the values and workspaces that are given. */
export function useMisfits(use: Use, { params = [], workspaces = [] }: Declared): string[] {
  const given = [...(use.params ?? []), ...(use.matrix ?? [])];
  const names = new Set(params.map(({ name }) => name));
  const bound = new Set((use.workspaces ?? []).map(({ name }) => name));
  const assumed = [
    ...(use.params ?? []).map((param) => resolved(param, params)),
    ...(use.matrix ?? []).map((param) => resolved({ ...param, value: "$(element)" }, params)),
  ];
  return [
    ...given
      .filter(({ name }) => !names.has(name))
      .map(({ name }) => `there is no param "${name}"`),
    ...paramProblems(params, assumed),
    ...[...bound]
      .filter((name) => workspaces.every((workspace) => workspace.name !== name))
      .map((name) => `there is no workspace "${name}"`),
    ...workspaces
      .filter(({ name, optional }) => optional !== true && !bound.has(name))
      .map(({ name }) => `the workspace "${name}" is not bound`),
  ];
}

/** A value that is only known later is taken to be one that fits. */
function resolved(param: Param, specs: readonly ParamSpec[]): Param {
  const spec = specs.find(({ name }) => name === param.name);
  if (spec === undefined || typeof param.value !== "string") return param;
  if (isWholeReference(param.value)) {
    const fitting = { array: [], object: keysOf(spec), string: [] };
    return { ...param, value: fitting[typeOfSpec(spec) as keyof typeof fitting] };
  }
  const isKnown = !param.value.includes("$(");
  return isKnown || spec.enum === undefined ? param : { ...param, value: spec.enum[0] };
}

function keysOf({ properties = {} }: ParamSpec): Record<string, string> {
  return Object.fromEntries(Object.keys(properties).map((key) => [key, ""]));
}
