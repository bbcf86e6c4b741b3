import type { Parameter, Template } from "../manifest.ts";
import { substitute } from "../substitute.ts";
import {
  addNode,
  type EndedContainer,
  type Execution,
  type Outputs,
  type Pod,
  type PreparedCall,
  templateOf,
  type WorkflowNode,
} from "./execution.ts";
import { planPod } from "./plan-pod.ts";

const deadlineMessage = "Pod was active on the node longer than the specified deadline";

/** Runs the pod of a container or script template, and collects what it left. */
export async function runPodNode(execution: Execution, call: PreparedCall): Promise<WorkflowNode> {
  const { inputs } = call.template;
  const start = {
    name: call.nodeName,
    displayName: call.displayName,
    type: "Pod",
    ...templateOf(call.callee),
    ...(inputs && { inputs }),
  } as const;
  let pod: Pod;
  try {
    pod = planPod(execution, call);
  } catch (error) {
    const message = (error as Error).message;
    return addNode(execution, { ...start, phase: "Error", message });
  }
  const end = await execution.runContainer(pod);
  execution.pods.push({ ...pod, end });
  const collected = await collect(substitute(call.template, execution.globals), end);
  const outputs: Outputs = {
    exitCode: String(end.exitCode),
    ...(collected.parameters && { parameters: collected.parameters }),
    ...(call.keepsResult && { result: withoutNewline(end.stdout) }),
  };
  return addNode(execution, { ...start, ...ending(end, collected.missing, pod), outputs });
}

function ending(
  { exitCode, timedOut }: EndedContainer,
  missing: string | undefined,
  { main }: Pod,
): Pick<WorkflowNode, "phase" | "message"> {
  if (timedOut) return { phase: "Failed", message: deadlineMessage };
  if (exitCode !== 0) return { phase: "Failed", message: `main: Error (exit code ${exitCode})` };
  if (missing === undefined) return { phase: "Succeeded" };
  const onVolume = main.volumeMounts?.some(({ mountPath }) => missing.startsWith(`${mountPath}/`));
  const file = onVolume === true ? missing : `/var/run/argo/outputs/parameters${missing}`;
  const fault = `open ${file}: no such file or directory`;
  return { phase: "Error", message: `wait: Error (exit code 64): ${fault}` };
}

interface Collected {
  readonly parameters?: readonly Parameter[];
  /** The path of the first file that is not there and has no default. */
  readonly missing?: string;
}

async function collect({ outputs }: Template, end: EndedContainer): Promise<Collected> {
  if (outputs?.artifacts !== undefined) throw new Error("output artifacts are not emulated");
  if (outputs?.parameters === undefined) return {};
  const parameters: Parameter[] = [];
  let missing: string | undefined;
  for (const parameter of outputs.parameters) {
    const value = await parameterValue(parameter, end);
    if (value === undefined) missing ??= parameter.valueFrom?.path;
    parameters.push(value === undefined ? parameter : { ...parameter, value });
  }
  return { parameters, ...(missing !== undefined && { missing }) };
}

/** After a deadline nothing is collected, though files may be there. */
async function parameterValue(
  { value, valueFrom }: Parameter,
  end: EndedContainer,
): Promise<string | undefined> {
  if (valueFrom?.path === undefined) return value;
  const content = end.timedOut ? undefined : await end.readFile(valueFrom.path);
  return content === undefined ? valueFrom.default : withoutNewline(content.toString("utf8"));
}

/** Exactly one newline at the end is dropped, and a carriage return before it stays. */
function withoutNewline(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
