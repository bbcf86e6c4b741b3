import { findTemplate } from "../find-template.ts";
import { joinScopes } from "../substitute.ts";
import { runDagNode } from "./dag-node.ts";
import {
  addNode,
  type Execution,
  type PreparedCall,
  type TemplateCall,
  templateOf,
  type WorkflowNode,
} from "./execution.ts";
import { supplyInputs } from "./inputs.ts";
import { runPodNode } from "./pod-node.ts";
import { runRetryNode } from "./retry-node.ts";
import { runStepsNode } from "./steps-node.ts";

const notEmulated = [
  "containerSet",
  "daemon",
  "data",
  "http",
  "initContainers",
  "plugin",
  "resource",
  "sidecars",
  "suspend",
  "synchronization",
  "timeout",
];

/**
 * Runs the template that is called to its end.
 *
 * @throws Error when it uses what is not emulated, and ExecutionError.
 */
export async function executeTemplate(
  execution: Execution,
  call: TemplateCall,
): Promise<WorkflowNode> {
  const { template, holder } = findTemplate(call.callee, call.holder, execution.templates);
  const unknown = notEmulated.find((field) => field in template);
  if (unknown !== undefined) throw new Error(`${unknown} of a template is not emulated`);
  const locals = new Map([["node.name", call.nodeName]]);
  let prepared: PreparedCall;
  try {
    const scope = joinScopes(execution.globals, locals);
    prepared = {
      ...call,
      holder,
      locals,
      template: supplyInputs(template, call.arguments, scope),
    };
  } catch (error) {
    return addNode(execution, {
      name: call.nodeName,
      displayName: call.displayName,
      type: "Skipped",
      ...templateOf(call.callee),
      phase: "Error",
      message: (error as Error).message,
    });
  }
  const node = await runMemoized(execution, prepared);
  noteGlobalOutputs(execution, node);
  return node;
}

async function runMemoized(execution: Execution, call: PreparedCall): Promise<WorkflowNode> {
  const { memoize, inputs } = call.template;
  if (memoize === undefined) return runRetried(execution, call);
  const { key } = memoize;
  const cacheName = memoize.cache.configMap.name;
  const start = {
    name: call.nodeName,
    displayName: call.displayName,
    type: "Pod",
    ...templateOf(call.callee),
    ...(inputs && { inputs }),
  } as const;
  // A key of a ConfigMap may hold more than Argo permits.
  if (!/^[a-zA-Z0-9][-a-zA-Z0-9]*$/.test(key)) {
    return addNode(execution, { ...start, phase: "Error", message: `invalid cache key: ${key}` });
  }
  const outputs = execution.cache.get(`${cacheName}/${key}`);
  const memoizationStatus = { cacheName, hit: outputs !== undefined, key };
  if (outputs !== undefined) {
    return addNode(execution, { ...start, phase: "Succeeded", outputs, memoizationStatus });
  }
  const node = { ...(await runRetried(execution, call)), memoizationStatus };
  execution.nodes[execution.nodes.length - 1] = node;
  if (node.phase === "Succeeded") execution.cache.set(`${cacheName}/${key}`, node.outputs ?? {});
  return node;
}

function runRetried(execution: Execution, call: PreparedCall): Promise<WorkflowNode> {
  if (call.template.retryStrategy === undefined) return runOnce(execution, call);
  return runRetryNode(execution, call, (attempt) => runOnce(execution, attempt));
}

function runOnce(execution: Execution, call: PreparedCall): Promise<WorkflowNode> {
  if (call.template.dag !== undefined) return runDagNode(execution, call);
  if (call.template.steps !== undefined) return runStepsNode(execution, call);
  return runPodNode(execution, call);
}

function noteGlobalOutputs({ globals, globalOutputs }: Execution, { outputs }: WorkflowNode): void {
  for (const { globalName, value } of outputs?.parameters ?? []) {
    if (globalName === undefined || value === undefined) continue;
    globals.set(`workflow.outputs.parameters.${globalName}`, value);
    globalOutputs.push({ name: globalName, value });
  }
}
