import type { TemplateName } from "../find-template.ts";
import type {
  Arguments,
  Artifact,
  Container,
  Manifest,
  Parameter,
  Template,
  TemplateRef,
  Volume,
} from "../manifest.ts";
import type { Scope } from "../substitute.ts";

export type Phase = "Succeeded" | "Failed" | "Error" | "Skipped" | "Omitted";

/** What a node produced. */
export interface Outputs {
  readonly parameters?: readonly Parameter[];
  readonly exitCode?: string;
  readonly result?: string;
}

/** A node of a workflow's status, after its end. */
export interface WorkflowNode {
  readonly name: string;
  readonly displayName: string;
  readonly type: "Pod" | "DAG" | "Steps" | "StepGroup" | "TaskGroup" | "Retry" | "Skipped";
  readonly templateName?: string;
  readonly templateRef?: TemplateRef;
  readonly phase: Phase;
  readonly message?: string;
  readonly inputs?: Arguments;
  readonly outputs?: Outputs;
  readonly memoizationStatus?: {
    readonly hit: boolean;
    readonly key: string;
    readonly cacheName: string;
  };
}

/** A pod that Argo makes, reduced to its main container and what that one can see. */
export interface Pod {
  /** The name of its node, such as `workflow.task(0:item)`. */
  readonly node: string;
  readonly nodeId: string;
  /** As Kubernetes gets it: the command starts with the emissary. */
  readonly main: Container;
  /** What the emissary starts. */
  readonly argv: readonly string[];
  readonly volumes: readonly Volume[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  /** What patches say of the pod besides, such as `nodeSelector`. */
  readonly more: Readonly<Record<string, unknown>>;
  /** The artifacts that are given, with their paths in the container. */
  readonly inputArtifacts: readonly Artifact[];
  /** The text of /var/run/argo/template. */
  readonly template: string;
  readonly script?: string;
  readonly deadlineSeconds?: number;
}

/** What is known of a container after its end. */
export interface EndedContainer {
  readonly exitCode: number;
  /** Both its outputs, in the order that they came in. */
  readonly log: string;
  readonly stdout: string;
  /** Whether its deadline ended it. */
  readonly timedOut: boolean;
  /** What the progress file held at last. */
  readonly progress?: string;
  /** Reads a file that it left, as the emissary does; `undefined` where there is none. */
  readonly readFile: (path: string) => Promise<Buffer | undefined>;
}

export type RunContainer = (pod: Pod) => Promise<EndedContainer>;

/** A pod of a workflow, and how its container ended. */
export interface PodRun extends Pod {
  readonly end: EndedContainer;
}

/** A call of a template on its way to become a node. */
export interface TemplateCall {
  readonly nodeName: string;
  readonly displayName: string;
  readonly callee: TemplateName;
  readonly arguments: Arguments;
  /** The object that the callee's name is looked up in. */
  readonly holder: Manifest;
  /** Whether somebody uses `outputs.result`: otherwise it is not kept. */
  readonly keepsResult: boolean;
}

/** A template with its inputs and all known tags in place, about to be executed. */
export interface PreparedCall extends TemplateCall {
  readonly template: Template;
  /** Tags that hold in the template and, in Argo, once more in its pod. */
  readonly locals: Scope;
}

/** A workflow that runs. */
export interface Execution {
  readonly name: string;
  readonly workflow: Manifest;
  readonly templates: readonly Manifest[];
  readonly globals: Map<string, string>;
  readonly globalOutputs: Parameter[];
  readonly nodes: WorkflowNode[];
  readonly pods: PodRun[];
  /** Outputs by `ConfigMap/key`. */
  readonly cache: Map<string, Outputs>;
  readonly runContainer: RunContainer;
  /** Runs a template to its end. Failing is a phase, not an exception. */
  execute(call: TemplateCall): Promise<WorkflowNode>;
}

/** An error of the controller that ends the whole workflow. */
export class ExecutionError extends Error {
  override readonly name = "ExecutionError";
}

/** What a node says of its template: the name or reference that it was called by. */
export function templateOf({
  template,
  templateRef,
}: TemplateName): Pick<WorkflowNode, "templateName" | "templateRef"> {
  if (templateRef !== undefined) return { templateRef };
  return template === undefined ? {} : { templateName: template };
}

/** Notes a node's end. */
export function addNode(execution: Execution, node: WorkflowNode): WorkflowNode {
  execution.nodes.push(node);
  return node;
}

/** A node's id: the workflow's name and the FNV-1a hash of the node's name. */
export function nodeId(workflow: string, name: string): string {
  if (name === workflow) return name;
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `${workflow}-${hash}`;
}
