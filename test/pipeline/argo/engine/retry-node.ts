import { evaluate } from "../expression.ts";
import type { RetryStrategy } from "../manifest.ts";
import { expressionEnvironment, joinScopes, type Scope, substitute } from "../substitute.ts";
import {
  addNode,
  type Execution,
  type PreparedCall,
  templateOf,
  type WorkflowNode,
} from "./execution.ts";

type RunAttempt = (call: PreparedCall) => Promise<WorkflowNode>;

/** Runs a template until it succeeds, or its strategy ends the attempts. Waits are left out. */
export async function runRetryNode(
  execution: Execution,
  call: PreparedCall,
  runAttempt: RunAttempt,
): Promise<WorkflowNode> {
  const { retryStrategy: strategy = {}, inputs } = call.template;
  let last: WorkflowNode | undefined;
  for (let count = 0; ; count += 1) {
    const locals = joinScopes(call.locals, new Map([["retries", String(count)]]), lastRetry(last));
    last = await runAttempt({
      ...call,
      nodeName: `${call.nodeName}(${count})`,
      displayName: `${call.displayName}(${count})`,
      template: substitute(call.template, locals),
      locals,
    });
    const end = endOf(strategy, last, { count, globals: execution.globals });
    if (end === undefined) continue;
    const { outputs } = last;
    return addNode(execution, {
      name: call.nodeName,
      displayName: call.displayName,
      type: "Retry",
      ...templateOf(call.callee),
      ...(inputs && { inputs }),
      ...(outputs && { outputs }),
      ...end,
    });
  }
}

function lastRetry(node: WorkflowNode | undefined): Scope {
  return new Map([
    ["lastRetry.exitCode", node?.outputs?.exitCode ?? (node === undefined ? "0" : "-1")],
    ["lastRetry.status", node?.phase ?? ""],
    ["lastRetry.message", node?.message ?? ""],
    ["lastRetry.duration", node === undefined ? "" : "1"],
  ]);
}

interface Attempts {
  /** The last attempt's number, from 0. */
  readonly count: number;
  readonly globals: Scope;
}

/** How the retry node ends; `undefined` where there is to be another attempt. */
function endOf(
  { limit, retryPolicy, expression }: RetryStrategy,
  last: WorkflowNode,
  { count, globals }: Attempts,
): Pick<WorkflowNode, "phase" | "message"> | undefined {
  const { phase, message } = last;
  if (phase === "Succeeded") return { phase };
  const policy = retryPolicy ?? (expression === undefined ? "OnFailure" : "Always");
  const retried = { Always: ["Failed", "Error"], OnFailure: ["Failed"], OnError: ["Error"] }[
    policy
  ];
  if (retried?.includes(phase) !== true) {
    return { phase, ...(message !== undefined && { message }) };
  }
  if (limit !== undefined && count >= Number(limit)) {
    return { phase, message: "No more retries left" };
  }
  if (expression === undefined) return undefined;
  const environment = expressionEnvironment(joinScopes(globals, lastRetry(last)));
  if (evaluate(expression, environment) === true) return undefined;
  return { phase, message: "retryStrategy.expression evaluated to false" };
}
