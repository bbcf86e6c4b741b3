import type { Call } from "../manifest.ts";
import { joinScopes, type Scope, substitute } from "../substitute.ts";
import { collectedScope, nodeScope } from "./call-scope.ts";
import {
  addNode,
  type Execution,
  ExecutionError,
  nodeId,
  type PreparedCall,
  type WorkflowNode,
} from "./execution.ts";
import { groupOutputs } from "./group-outputs.ts";
import { addInstead, type CallEnd, groupNode, type ReadyCall, runCall } from "./run-call.ts";

/** Runs the groups of a steps template one after the other, until one of them fails. */
export async function runStepsNode(
  execution: Execution,
  parent: PreparedCall,
): Promise<WorkflowNode> {
  const start = groupNode(parent, "Steps");
  let scope: Scope = new Map();
  for (const [at, group] of (parent.template.steps ?? []).entries()) {
    const { failure, known } = await runGroup({ execution, parent, group, at, scope });
    if (failure !== undefined) {
      return addNode(execution, { ...start, phase: "Failed", message: failure });
    }
    scope = joinScopes(scope, known);
  }
  const outputs = groupOutputs(parent.template, joinScopes(execution.globals, scope));
  return addNode(execution, { ...start, phase: "Succeeded", ...outputs });
}

interface ReadyGroup {
  readonly execution: Execution;
  readonly parent: PreparedCall;
  readonly group: readonly Call[];
  readonly at: number;
  readonly scope: Scope;
}

interface GroupEnd {
  readonly failure: string | undefined;
  /** What its steps are known by. */
  readonly known: Scope;
}

async function runGroup({ execution, parent, group, at, scope }: ReadyGroup): Promise<GroupEnd> {
  const name = `${parent.nodeName}[${at}]`;
  const known: Scope[] = [];
  let failure: string | undefined;
  let error: string | undefined;
  for (const step of group) {
    const call = substitute(step, joinScopes(execution.globals, scope));
    const ready: ReadyCall = { execution, parent, call, prefix: `${name}.` };
    const end = await runCall(ready);
    if (end.isFannedOut && end.error === undefined && end.nodes.length === 0) {
      addInstead(ready, { phase: "Skipped", message: "Skipped, empty params" });
    }
    error ??= end.error;
    failure ??= failureOf(step, end, execution.name);
    known.push(stepScope(step.name, end));
  }
  addNode(execution, {
    name,
    displayName: `[${at}]`,
    type: "StepGroup",
    phase: failure === undefined ? "Succeeded" : error === undefined ? "Failed" : "Error",
    ...(failure !== undefined && { message: failure }),
  });
  return { failure, known: joinScopes(...known) };
}

function failureOf(
  { continueOn }: Call,
  { nodes, error }: CallEnd,
  workflow: string,
): string | undefined {
  if (error !== undefined) return error;
  const failed = nodes.find(
    ({ phase }) =>
      (phase === "Failed" && continueOn?.failed !== true) ||
      (phase === "Error" && continueOn?.error !== true),
  );
  return failed && `child '${nodeId(workflow, failed.name)}' failed`;
}

function stepScope(name: string, { nodes, isFannedOut }: CallEnd): Scope {
  const prefix = `steps.${name}`;
  const [only] = nodes;
  try {
    if (isFannedOut) return collectedScope(prefix, nodes);
    return only === undefined ? new Map() : nodeScope(prefix, only);
  } catch (error) {
    throw new ExecutionError((error as Error).message, { cause: error });
  }
}
