/** What all manifests have; the fields of `spec` are those of their kind. */
export interface Manifest<Spec = unknown> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: Metadata;
  readonly spec: Spec;
}

export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A field of Kubernetes that is passed on as it is. */
export type Passed = Readonly<Record<string, unknown>>;

export interface ParamSpec {
  readonly name: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, { readonly type?: string }>>;
}

export interface Param {
  readonly name: string;
  readonly value: unknown;
}

/** A result of a Task, a StepAction or a step. */
export interface ResultSpec {
  readonly name: string;
  readonly type?: string;
  readonly value?: unknown;
  readonly properties?: Readonly<Record<string, { readonly type?: string }>>;
}

export interface WorkspaceSpec {
  readonly name: string;
  readonly mountPath?: string;
  readonly optional?: boolean;
  readonly readOnly?: boolean;
}

/** What a run gives for a workspace: one of Kubernetes' volume sources beside the name. */
export interface WorkspaceBinding {
  readonly name: string;
  readonly subPath?: string;
  readonly [source: string]: unknown;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

export interface Volume {
  readonly name: string;
  readonly [source: string]: unknown;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}

/** What a step, a stepTemplate and a StepAction have in common. */
export interface StepBase {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly script?: string;
  readonly workingDir?: string;
  readonly env?: readonly EnvironmentVariable[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly securityContext?: Passed;
  readonly results?: readonly ResultSpec[];
}

export interface Step extends StepBase {
  readonly name?: string;
  readonly ref?: Reference;
  readonly params?: readonly Param[];
  readonly workspaces?: readonly { readonly name: string; readonly mountPath?: string }[];
  readonly timeout?: string;
  readonly onError?: string;
  readonly when?: readonly Passed[];
}

export interface TaskSpec {
  readonly params?: readonly ParamSpec[];
  readonly results?: readonly ResultSpec[];
  readonly workspaces?: readonly WorkspaceSpec[];
  readonly volumes?: readonly Volume[];
  readonly stepTemplate?: StepBase;
  readonly steps: readonly Step[];
  readonly sidecars?: readonly Passed[];
}

export interface StepActionSpec extends StepBase {
  readonly params?: readonly ParamSpec[];
}

/** Names a Task or a Pipeline, of this cluster or one that a resolver finds. */
export interface Reference {
  readonly name?: string;
  readonly resolver?: string;
  /** The resolver's parameters. */
  readonly params?: readonly Param[];
}

export interface PodTemplate {
  readonly env?: readonly EnvironmentVariable[];
  readonly volumes?: readonly Volume[];
  readonly [field: string]: unknown;
}

export interface TaskRunSpec {
  readonly taskRef?: Reference;
  readonly taskSpec?: TaskSpec;
  readonly params?: readonly Param[];
  readonly workspaces?: readonly WorkspaceBinding[];
  readonly serviceAccountName?: string;
  readonly podTemplate?: PodTemplate;
  readonly timeout?: string;
}

export interface PipelineTask {
  readonly name: string;
  readonly taskRef?: Reference;
  readonly taskSpec?: TaskSpec;
  readonly params?: readonly Param[];
  readonly matrix?: { readonly params?: readonly Param[]; readonly include?: readonly Passed[] };
  readonly workspaces?: readonly PipelineTaskWorkspace[];
  readonly runAfter?: readonly string[];
  readonly when?: readonly Passed[];
}

export interface PipelineTaskWorkspace {
  readonly name: string;
  readonly workspace?: string;
  readonly subPath?: string;
}

export interface PipelineSpec {
  readonly params?: readonly ParamSpec[];
  readonly workspaces?: readonly WorkspaceSpec[];
  readonly tasks: readonly PipelineTask[];
  readonly finally?: readonly PipelineTask[];
  readonly results?: readonly { readonly name: string; readonly value: unknown }[];
}

export interface PipelineRunSpec {
  readonly pipelineRef?: Reference;
  readonly pipelineSpec?: PipelineSpec;
  readonly params?: readonly Param[];
  readonly workspaces?: readonly WorkspaceBinding[];
  readonly taskRunTemplate?: TaskRunTemplate;
  /** What differs for the TaskRuns of single tasks. */
  readonly taskRunSpecs?: readonly (TaskRunTemplate & { readonly pipelineTaskName: string })[];
}

type TaskRunTemplate = Pick<TaskRunSpec, "serviceAccountName" | "podTemplate">;

export type Task = Manifest<TaskSpec>;
export type StepAction = Manifest<StepActionSpec>;
export type TaskRun = Manifest<TaskRunSpec>;
export type Pipeline = Manifest<PipelineSpec>;
export type PipelineRun = Manifest<PipelineRunSpec>;

export interface Secret extends Manifest {
  readonly type?: string;
}

export interface ServiceAccount extends Manifest {
  readonly secrets?: readonly { readonly name: string }[];
}

interface Kinds {
  readonly Task: Task;
  readonly StepAction: StepAction;
  readonly TaskRun: TaskRun;
  readonly Pipeline: Pipeline;
  readonly PipelineRun: PipelineRun;
  readonly Secret: Secret;
  readonly ServiceAccount: ServiceAccount;
}

/** The manifests of one kind. */
function ofKind<Kind extends keyof Kinds>(
  manifests: readonly Manifest[],
  kind: Kind,
): Kinds[Kind][] {
  return manifests.filter((manifest) => manifest.kind === kind) as Kinds[Kind][];
}

/** The name of what a reference is to, also where a resolver is to find it. */
export function referredName(reference: Reference | undefined): string | undefined {
  const found = reference?.params?.find(({ name }) => name === "name")?.value;
  return reference?.name ?? (typeof found === "string" ? found : undefined);
}

/** The manifest of that kind and name, if it is there. */
export function named<Kind extends keyof Kinds>(
  manifests: readonly Manifest[],
  kind: Kind,
  name: string | undefined,
): Kinds[Kind] | undefined {
  return ofKind(manifests, kind).find(({ metadata }) => metadata?.name === name);
}
