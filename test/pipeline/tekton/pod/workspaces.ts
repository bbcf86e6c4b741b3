import type {
  TaskSpec,
  Volume,
  VolumeMount,
  WorkspaceBinding,
  WorkspaceSpec,
} from "../manifests.ts";
import { hashedName } from "./hashed-name.ts";

/** A workspace of a Task together with what the run binds to it. */
export interface BoundWorkspace {
  readonly name: string;
  /** The claim's name, empty if it is no claim. */
  readonly claim: string;
  readonly mount: VolumeMount;
  readonly volume: Volume;
}

/** Binds volumes to workspaces. A claim that is bound more than once is one volume, the first one's. */
export function bindWorkspaces(
  specs: readonly WorkspaceSpec[] = [],
  bindings: readonly WorkspaceBinding[] = [],
): BoundWorkspace[] {
  const claims = new Map<string, Volume>();
  return bindings.map(({ name, subPath, ...source }) => {
    const claim = claimName(source);
    const volume = claims.get(claim) ?? { name: hashedName("ws", name, 5), ...source };
    if (claim !== "") claims.set(claim, volume);
    const { mountPath = `/workspace/${name}`, readOnly = false } =
      specs.find((spec) => spec.name === name) ?? {};
    const mount = {
      name: volume.name,
      mountPath,
      readOnly,
      ...(subPath !== undefined && { subPath }),
    };
    return { name, claim, mount, volume };
  });
}

function claimName({ persistentVolumeClaim }: Readonly<Record<string, unknown>>): string {
  const claim = persistentVolumeClaim as { readonly claimName?: string } | undefined;
  return claim?.claimName ?? "";
}

/**
 * Mounts workspaces in all steps, by the stepTemplate; those that some step lists are mounted in the
 * steps that list them only.
 */
export function mountWorkspaces(spec: TaskSpec, bound: readonly BoundWorkspace[]): TaskSpec {
  if (bound.length === 0) return spec;
  const isolated = new Set(
    spec.steps.flatMap((step) => (step.workspaces ?? []).map(({ name }) => name)),
  );
  const shared = bound.filter(({ name }) => !isolated.has(name)).map(({ mount }) => mount);
  const template = spec.stepTemplate ?? {};
  return {
    ...spec,
    volumes: [...(spec.volumes ?? []), ...bound.map(({ volume }) => volume)],
    stepTemplate: { ...template, volumeMounts: [...(template.volumeMounts ?? []), ...shared] },
    steps: spec.steps.map((step) => {
      const own = bound.flatMap(({ name, mount }) => {
        const usage = step.workspaces?.find((workspace) => workspace.name === name);
        if (usage === undefined) return [];
        return [{ ...mount, mountPath: usage.mountPath ?? mount.mountPath }];
      });
      return { ...step, volumeMounts: [...(step.volumeMounts ?? []), ...own] };
    }),
  };
}
