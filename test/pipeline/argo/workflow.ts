import { executeTemplate } from "./engine/execute-template.ts";
import {
  type Execution,
  ExecutionError,
  type Outputs,
  type Phase,
  type PodRun,
  type RunContainer,
  type WorkflowNode,
} from "./engine/execution.ts";
import { withReferredSpec } from "./find-template.ts";
import { lintManifest } from "./lint.ts";
import type { Manifest, Parameter } from "./manifest.ts";

export interface WorkflowRequest {
  readonly workflow: Manifest;
  /** WorkflowTemplates and ClusterWorkflowTemplates that the workflow can refer to. */
  readonly templates?: readonly Manifest[];
  /** Outputs that are memoized, by `ConfigMap/key`; shared by the workflows that are given one. */
  readonly cache?: Map<string, Outputs>;
  readonly runContainer: RunContainer;
}

export interface WorkflowStatus {
  readonly phase: Phase;
  readonly message?: string;
  readonly outputs?: { readonly parameters: readonly Parameter[] };
}

export interface WorkflowResult {
  readonly status: WorkflowStatus;
  readonly nodes: readonly WorkflowNode[];
  readonly pods: readonly PodRun[];
}

const notEmulated = [
  "activeDeadlineSeconds",
  "hooks",
  "retryStrategy",
  "suspend",
  "synchronization",
  "templateDefaults",
];

/**
 * Runs a workflow as Argo's controller does, its pods one after the other, each by `runContainer`.
 * What the linter refuses does not start. Failing is a phase, not an exception.
 *
 * @throws Error when the workflow uses what is not emulated.
 */
export async function runWorkflow(request: WorkflowRequest): Promise<WorkflowResult> {
  const { templates = [], cache = new Map<string, Outputs>(), runContainer } = request;
  const problem = lintManifest(request.workflow, templates) ?? missingArgument(request);
  if (problem !== undefined) {
    return { status: { phase: "Error", message: `invalid spec: ${problem}` }, nodes: [], pods: [] };
  }
  const workflow = withReferredSpec(request.workflow, templates);
  const unknown = notEmulated.find((field) => field in workflow.spec);
  if (unknown !== undefined) throw new Error(`${unknown} of a workflow is not emulated`);
  const name = workflow.metadata.name ?? `${workflow.metadata.generateName ?? ""}abcde`;
  const execution: Execution = {
    name,
    workflow,
    templates,
    globals: globalScope(name, workflow),
    globalOutputs: [],
    nodes: [],
    pods: [],
    cache,
    runContainer,
    execute: (call) => executeTemplate(execution, call),
  };
  const { nodes, pods, globalOutputs } = execution;
  const status = await runSpec(execution);
  const outputs = globalOutputs.length === 0 ? {} : { outputs: { parameters: globalOutputs } };
  return { status: { ...status, ...outputs }, nodes, pods };
}

function missingArgument({ workflow, templates = [] }: WorkflowRequest): string | undefined {
  const { parameters = [] } = withReferredSpec(workflow, templates).spec.arguments ?? {};
  const missing = parameters.find(({ value }) => value === undefined)?.name;
  if (missing === undefined) return undefined;
  return `spec.arguments.${missing}.value or spec.arguments.${missing}.valueFrom is required`;
}

function globalScope(name: string, { metadata, spec }: Manifest): Map<string, string> {
  const { parameters = [] } = spec.arguments ?? {};
  return new Map([
    ["workflow.name", name],
    ["workflow.namespace", "default"],
    ["workflow.uid", "00000000-0000-0000-0000-000000000000"],
    ["workflow.serviceAccountName", spec.serviceAccountName ?? "default"],
    ["workflow.mainEntrypoint", spec.entrypoint ?? ""],
    ["workflow.creationTimestamp", "2026-01-01T00:00:00Z"],
    ["workflow.parameters", JSON.stringify(parameters)],
    ...labelScope("workflow.labels", metadata.labels),
    ...labelScope("workflow.annotations", metadata.annotations),
    ...parameters.map(
      ({ name: each, value = "" }) => [`workflow.parameters.${each}`, value] as const,
    ),
  ]);
}

function labelScope(
  prefix: string,
  labels: Readonly<Record<string, string>> = {},
): readonly (readonly [string, string])[] {
  return Object.entries(labels).map(([label, value]) => [`${prefix}.${label}`, value]);
}

async function runSpec(execution: Execution): Promise<WorkflowStatus> {
  const { workflow, globals, name } = execution;
  const { entrypoint = "", onExit } = workflow.spec;
  const status = await runEntry(execution, name, entrypoint);
  if (onExit === undefined) return status;
  globals.set("workflow.status", status.phase);
  globals.set("workflow.failures", failures(execution));
  const { phase, message } = await runEntry(execution, `${name}.onExit`, onExit);
  if (phase === "Succeeded") return status;
  return { phase, ...(message !== undefined && { message }) };
}

async function runEntry(
  execution: Execution,
  nodeName: string,
  template: string,
): Promise<WorkflowStatus> {
  const { workflow } = execution;
  try {
    const { phase, message } = await execution.execute({
      nodeName,
      displayName: nodeName,
      callee: { template },
      arguments: workflow.spec.arguments ?? {},
      holder: workflow,
      keepsResult: false,
    });
    return { phase, ...(message !== undefined && { message }) };
  } catch (error) {
    if (!(error instanceof ExecutionError)) throw error;
    return { phase: "Error", message: `error in entry template execution: ${error.message}` };
  }
}

/** A quoted text of JSON: for no failures it is `"null"`. */
function failures({ nodes }: Execution): string {
  const failed = nodes.filter(
    ({ phase, type }) => type === "Pod" && (phase === "Failed" || phase === "Error"),
  );
  const described = failed.map(({ displayName, message, templateName, phase }) => ({
    displayName,
    message,
    templateName,
    phase,
    podName: displayName,
    finishedAt: "2026-01-01T00:00:00Z",
  }));
  return JSON.stringify(failed.length === 0 ? "null" : JSON.stringify(described));
}
