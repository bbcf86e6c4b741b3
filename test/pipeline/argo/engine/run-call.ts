import type { Call } from "../manifest.ts";
import { evaluateWhen } from "./condition.ts";
import {
  addNode,
  type Execution,
  type PreparedCall,
  templateOf,
  type WorkflowNode,
} from "./execution.ts";
import { fanOut, isFannedOut } from "./fan-out.ts";
import { resolveArtifacts } from "./inputs.ts";

/** A step or a task that is about to run: its tags are in place but those of items. */
export interface ReadyCall {
  readonly execution: Execution;
  readonly call: Call;
  /** The node of the template that it stands in. */
  readonly parent: PreparedCall;
  /** What comes before its name in the node's. */
  readonly prefix: string;
}

/** What became of it: one node, or the nodes of its items. `error` says why there are none. */
export interface CallEnd {
  readonly nodes: readonly WorkflowNode[];
  readonly isFannedOut: boolean;
  readonly error?: string;
}

/** Runs a step or a task, once for each item where it is fanned out. */
export async function runCall(ready: ReadyCall): Promise<CallEnd> {
  const { call: written, parent } = ready;
  if ((written.hooks ?? written.onExit) !== undefined) throw new Error("hooks are not emulated");
  const call = { ...written, arguments: resolveArtifacts(written.arguments, parent.template) };
  if (!isFannedOut(call)) return { nodes: [await runOne(ready, call)], isFannedOut: false };
  let calls: readonly Call[];
  try {
    calls = fanOut(call);
  } catch (error) {
    return { nodes: [], isFannedOut: true, error: (error as Error).message };
  }
  const nodes: WorkflowNode[] = [];
  for (const each of calls) nodes.push(await runOne(ready, each));
  return { nodes, isFannedOut: true };
}

/** A node in the place of one that does not come to be. */
export function addInstead(
  { execution, call, prefix }: ReadyCall,
  end: Pick<WorkflowNode, "phase" | "message">,
): WorkflowNode {
  const { name } = call;
  return addNode(execution, {
    name: `${prefix}${name}`,
    displayName: name,
    type: "Skipped",
    ...templateOf(call),
    ...end,
  });
}

async function runOne(ready: ReadyCall, call: Call): Promise<WorkflowNode> {
  const { execution, prefix, parent } = ready;
  const { name, when = "" } = call;
  try {
    if (when !== "" && !evaluateWhen(when)) {
      const message = `when '${when}' evaluated false`;
      return addInstead({ ...ready, call }, { phase: "Skipped", message });
    }
  } catch (error) {
    return addInstead({ ...ready, call }, { phase: "Error", message: (error as Error).message });
  }
  return execution.execute({
    nodeName: `${prefix}${name}`,
    displayName: name,
    callee: call,
    arguments: call.arguments ?? {},
    holder: parent.holder,
    keepsResult: usesResult(parent, ready.call.name),
  });
}

/** Argo keeps what a pod prints only where its caller uses it. */
function usesResult({ template }: PreparedCall, name: string): boolean {
  const text = JSON.stringify([template.steps, template.dag, template.outputs]);
  return ["steps", "tasks"].some((kind) => text.includes(`${kind}.${name}.outputs.result`));
}

/** The phase of several nodes that ran side by side. */
export function worstPhase(nodes: readonly WorkflowNode[]): "Succeeded" | "Failed" | "Error" {
  const phases = nodes.map(({ phase }) => phase);
  if (phases.includes("Error")) return "Error";
  return phases.includes("Failed") ? "Failed" : "Succeeded";
}

/** What the node of a steps or DAG template says of its call. */
export function groupNode(
  { nodeName, displayName, callee, template }: PreparedCall,
  type: "DAG" | "Steps",
): Omit<WorkflowNode, "phase"> {
  const { inputs } = template;
  return {
    name: nodeName,
    displayName,
    type,
    ...templateOf(callee),
    ...(inputs && { inputs }),
  };
}
