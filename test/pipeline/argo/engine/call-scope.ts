import { goJson, parseGoJson } from "../go-json.ts";
import type { Scope } from "../substitute.ts";
import type { WorkflowNode } from "./execution.ts";

/** The tags that a node is known by in the template that called it, such as `tasks.build.status`. */
export function nodeScope(prefix: string, node: WorkflowNode): Scope {
  const { exitCode, result, parameters = [] } = node.outputs ?? {};
  return new Map([
    [`${prefix}.status`, node.phase],
    ...(exitCode === undefined ? [] : [[`${prefix}.exitCode`, exitCode] as const]),
    ...(result === undefined ? [] : [[`${prefix}.outputs.result`, result] as const]),
    ...parameters.map(
      ({ name, value = "" }) => [`${prefix}.outputs.parameters.${name}`, value] as const,
    ),
  ]);
}

/**
 * The tags of a call that was fanned out: lists in the order of the items, as JSON. Parameters are
 * texts in it; a result is the JSON that it has to be.
 *
 * @throws Error when a result is not JSON.
 */
export function collectedScope(prefix: string, nodes: readonly WorkflowNode[]): Scope {
  const outputs = nodes.filter(({ type }) => type !== "Skipped").map((node) => node.outputs ?? {});
  const results = outputs.flatMap(({ result }) => (result === undefined ? [] : [result]));
  const maps = outputs.map(({ parameters = [] }) =>
    Object.fromEntries(parameters.map(({ name, value = "" }) => [name, value])),
  );
  const names = [...new Set(maps.flatMap((map) => Object.keys(map)))];
  return new Map([
    [`${prefix}.outputs.parameters`, goJson(maps)],
    ...names.map(
      (name) =>
        [
          `${prefix}.outputs.parameters.${name}`,
          goJson(maps.flatMap((map) => map[name] ?? [])),
        ] as const,
    ),
    ...(results.length === 0
      ? []
      : [[`${prefix}.outputs.result`, goJson(results.map(parseGoJson))] as const]),
  ]);
}
