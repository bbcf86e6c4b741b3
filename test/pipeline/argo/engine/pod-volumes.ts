import type { Template, Volume, VolumeMount, WorkflowSpec } from "../manifest.ts";

const ownVolumes: readonly Volume[] = [
  { name: "var-run-argo", emptyDir: {} },
  { name: "tmp-dir-argo", emptyDir: {} },
];

/** The volumes that all pods of a workflow can mount: its own, and claims that Argo makes for it. */
export function sharedVolumes(
  workflow: string,
  { volumes = [], volumeClaimTemplates = [] }: WorkflowSpec,
): readonly Volume[] {
  const claims = volumeClaimTemplates.map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: `${workflow}-${name}` },
  }));
  return [...volumes, ...claims];
}

/**
 * The volumes of a pod: the template's, and of the workflow's those that are mounted.
 *
 * @throws Error when Kubernetes would refuse the mounts.
 */
export function podVolumes(
  { volumes = [] }: Template,
  shared: readonly Volume[],
  mounts: readonly VolumeMount[],
): readonly Volume[] {
  const found: Volume[] = [...ownVolumes, ...volumes.map(withDefaults)];
  for (const [at, { name, mountPath }] of mounts.entries()) {
    if (mounts.findIndex((each) => each.mountPath === mountPath) !== at) {
      throw new Error(
        `volumeMounts[${at}].mountPath: Invalid value: "${mountPath}": must be unique`,
      );
    }
    if (found.some((each) => each.name === name)) continue;
    const volume = shared.find((each) => each.name === name);
    const isArgos = name === "input-artifacts" || name === "argo-staging";
    if (volume === undefined && !isArgos) {
      throw new Error(`volumeMounts[${at}].name: Not found: "${name}"`);
    }
    found.push(withDefaults(volume ?? { name, emptyDir: {} }));
  }
  return found;
}

/** What Kubernetes adds to a volume. */
function withDefaults(volume: Volume): Volume {
  const kind = ["secret", "configMap"].find((each) => each in volume);
  if (kind === undefined) return volume;
  return { ...volume, [kind]: { defaultMode: 0o644, ...(volume[kind] as object) } };
}
