/** A step's container as Tekton makes it, reduced to what the step can see of it. */
export interface StepContainer {
  /** Such as `step-build`. */
  readonly name: string;
  readonly image: string;
  /** Command and arguments, as they stand in the pod. */
  readonly argv: readonly string[];
  /** The same after the kubelet's `$(NAME)` expansion, where that changes anything. */
  readonly argvSeen?: readonly string[];
  /** The environment after the kubelet's expansion; a value of a Secret and the like is `{from: ...}`. */
  readonly envSeen?: Readonly<Record<string, string | { readonly from: unknown }>>;
  /** Options of the entrypoint but `-entrypoint`: each a flag, with its value if it has one. */
  readonly entrypointOptions: readonly (readonly string[])[];
  readonly mounts: readonly StepMount[];
  readonly workingDir?: string;
  readonly securityContext?: Readonly<Record<string, unknown>>;
}

/** A volume, or a part of one, in a step's container. */
export interface StepMount {
  readonly path: string;
  readonly readOnly: boolean;
  readonly subPath?: string;
  /** The volume's name in the pod. */
  readonly volume: string;
  /** What the volume is, as in a pod: `{emptyDir: {}}`, `{secret: {...}}`. */
  readonly source: Readonly<Record<string, unknown>>;
}
