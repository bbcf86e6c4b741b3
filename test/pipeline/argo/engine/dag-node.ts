import type { Task } from "../manifest.ts";
import { joinScopes, type Scope, substitute } from "../substitute.ts";
import { collectedScope, nodeScope } from "./call-scope.ts";
import { type EndedTask, mayRun, tasksBefore } from "./depends.ts";
import {
  addNode,
  type Execution,
  ExecutionError,
  type PreparedCall,
  templateOf,
  type WorkflowNode,
} from "./execution.ts";
import { groupOutputs } from "./group-outputs.ts";
import {
  addInstead,
  type CallEnd,
  groupNode,
  type ReadyCall,
  runCall,
  worstPhase,
} from "./run-call.ts";

/** Runs the tasks of a DAG template, one after the other, each when those before it have ended. */
export async function runDagNode(
  execution: Execution,
  parent: PreparedCall,
): Promise<WorkflowNode> {
  const tasks = parent.template.dag?.tasks ?? [];
  const ended = new Map<string, EndedTask>();
  const waiting = new Set(tasks);
  for (;;) {
    const next = [...waiting].find((task) => tasksBefore(task).every((name) => ended.has(name)));
    if (next === undefined) break;
    waiting.delete(next);
    ended.set(next.name, await runTask({ execution, parent, task: next, tasks, ended }));
  }
  const start = groupNode(parent, "DAG");
  const phase = dagPhase(tasks, ended);
  if (phase !== "Succeeded") return addNode(execution, { ...start, phase });
  const scope = joinScopes(execution.globals, ...[...ended].map(taskScope));
  return addNode(execution, { ...start, phase, ...groupOutputs(parent.template, scope) });
}

interface ReadyTask {
  readonly execution: Execution;
  readonly parent: PreparedCall;
  readonly task: Task;
  readonly tasks: readonly Task[];
  readonly ended: ReadonlyMap<string, EndedTask>;
}

async function runTask({ execution, parent, task, tasks, ended }: ReadyTask): Promise<EndedTask> {
  const ready: ReadyCall = { execution, parent, call: task, prefix: `${parent.nodeName}.` };
  if (!mayRun(task, ended, tasks)) {
    const message = "omitted: depends condition not met";
    return single(addInstead(ready, { phase: "Omitted", message }));
  }
  const scope = scopeBefore(ready, ended);
  const call = substitute(task, scope);
  const end = await runCall({ ...ready, call });
  if (!end.isFannedOut && end.nodes[0] !== undefined) return single(end.nodes[0]);
  return { node: taskGroup(ready, end), items: end.nodes };
}

function single(node: WorkflowNode): EndedTask {
  return { node, items: [node] };
}

/** What the tasks that have ended are known by. A fault in it ends the workflow. */
function scopeBefore(ready: ReadyCall, ended: ReadonlyMap<string, EndedTask>): Scope {
  const { execution, parent } = ready;
  try {
    return joinScopes(execution.globals, ...[...ended].map(taskScope));
  } catch (error) {
    const end = { phase: "Error", message: (error as Error).message } as const;
    addInstead(ready, end);
    addNode(execution, { ...groupNode(parent, "DAG"), ...end });
    throw new ExecutionError(end.message, { cause: error });
  }
}

function taskScope([name, { node, items }]: readonly [string, EndedTask]): Scope {
  const prefix = `tasks.${name}`;
  if (node.type !== "TaskGroup") return nodeScope(prefix, node);
  return joinScopes(nodeScope(prefix, node), collectedScope(prefix, items));
}

function taskGroup(ready: ReadyCall, { nodes, error }: CallEnd): WorkflowNode {
  const { execution, call, prefix } = ready;
  if (error !== undefined) return addInstead(ready, { phase: "Error", message: error });
  if (nodes.length === 0) {
    return addInstead(ready, { phase: "Skipped", message: "Skipped, empty params" });
  }
  return addNode(execution, {
    name: `${prefix}${call.name}`,
    displayName: call.name,
    type: "TaskGroup",
    ...templateOf(call),
    phase: worstPhase(nodes),
  });
}

/** A DAG is what the last tasks of its branches are; those that were omitted stand for those before. */
function dagPhase(
  tasks: readonly Task[],
  ended: ReadonlyMap<string, EndedTask>,
): "Succeeded" | "Failed" | "Error" {
  const inner = new Set(tasks.flatMap(tasksBefore));
  const lastNodes = (task: Task | undefined): readonly WorkflowNode[] => {
    const node = ended.get(task?.name ?? "")?.node;
    if (task === undefined || node === undefined) return [];
    if (node.phase !== "Omitted") return [node];
    return tasksBefore(task).flatMap((name) => lastNodes(tasks.find((each) => each.name === name)));
  };
  return worstPhase(tasks.filter(({ name }) => !inner.has(name)).flatMap(lastNodes));
}
