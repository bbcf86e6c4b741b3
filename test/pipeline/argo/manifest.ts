import { readManifests } from "../tekton/read-manifests.ts";

/** A parameter where it is declared, given or produced. All values are texts. */
export interface Parameter {
  readonly name: string;
  readonly value?: string;
  readonly default?: string;
  readonly enum?: readonly string[];
  readonly description?: string;
  readonly globalName?: string;
  readonly valueFrom?: {
    readonly path?: string;
    readonly parameter?: string;
    readonly expression?: string;
    readonly default?: string;
  };
}

/** An artifact; where it comes from is a field such as `raw`, `git` or `s3`. */
export interface Artifact {
  readonly name: string;
  readonly path?: string;
  readonly mode?: number;
  readonly optional?: boolean;
  readonly raw?: { readonly data: string };
  readonly from?: string;
  readonly [field: string]: unknown;
}

export interface Arguments {
  readonly parameters?: readonly Parameter[];
  readonly artifacts?: readonly Artifact[];
}

export interface TemplateRef {
  readonly name: string;
  readonly template: string;
  readonly clusterScope?: boolean;
}

/** What a step and a DAG task have in common: the call of a template. */
export interface Call {
  readonly name: string;
  readonly template?: string;
  readonly templateRef?: TemplateRef;
  readonly arguments?: Arguments;
  readonly when?: string;
  readonly withItems?: readonly unknown[];
  readonly withParam?: string;
  readonly withSequence?: Readonly<Record<string, string>>;
  readonly hooks?: unknown;
  readonly onExit?: string;
  readonly inline?: unknown;
  readonly continueOn?: { readonly failed?: boolean; readonly error?: boolean };
}

export interface Task extends Call {
  readonly depends?: string;
  readonly dependencies?: readonly string[];
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: Readonly<Record<string, unknown>>;
}

export interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentVariable[];
  readonly envFrom?: readonly unknown[];
  readonly workingDir?: string;
  readonly volumeMounts?: readonly VolumeMount[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly resources?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of a script template only. */
  readonly source?: string;
}

/** A volume of a pod: its name, and a field such as `emptyDir` or `secret`. */
export interface Volume {
  readonly name: string;
  readonly [kind: string]: unknown;
}

export interface RetryStrategy {
  readonly limit?: string | number;
  readonly retryPolicy?: string;
  readonly expression?: string;
}

export interface Template {
  readonly name: string;
  readonly inputs?: Arguments;
  readonly outputs?: Arguments;
  readonly container?: Container;
  readonly script?: Container;
  readonly steps?: readonly (readonly Call[])[];
  readonly dag?: { readonly tasks: readonly Task[]; readonly failFast?: boolean };
  readonly volumes?: readonly Volume[];
  readonly retryStrategy?: RetryStrategy;
  readonly memoize?: {
    readonly key: string;
    readonly cache: { readonly configMap: { readonly name: string } };
  };
  readonly activeDeadlineSeconds?: number | string;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly podSpecPatch?: string;
  readonly [field: string]: unknown;
}

export interface WorkflowSpec {
  readonly entrypoint?: string;
  readonly onExit?: string;
  readonly arguments?: Arguments;
  readonly templates?: readonly Template[];
  readonly volumes?: readonly Volume[];
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly podSpecPatch?: string;
  readonly serviceAccountName?: string;
  readonly workflowTemplateRef?: { readonly name: string; readonly clusterScope?: boolean };
  readonly [field: string]: unknown;
}

/** A Workflow, a WorkflowTemplate or a ClusterWorkflowTemplate. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: WorkflowSpec;
}

/**
 * Reads the documents of a YAML text as `readManifests` does.
 *
 * @throws Error when the text is not YAML.
 */
export function parseManifests(text: string): readonly Manifest[] {
  return readManifests(text) as unknown as readonly Manifest[];
}

const workflowKinds = ["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"];

/** Whether this is a workflow or holds templates; others of Argo's kinds are for its other programs. */
export function isWorkflowManifest(manifest: {
  readonly apiVersion?: string;
  readonly kind?: string;
}): boolean {
  const isArgos = manifest.apiVersion?.startsWith("argoproj.io/") ?? false;
  return isArgos && workflowKinds.includes(manifest.kind ?? "");
}
