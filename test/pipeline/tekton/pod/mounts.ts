import path from "node:path";
import type { Step, Volume, VolumeMount } from "../manifests.ts";
import type { StepMount } from "../step-container.ts";
import type { Credential } from "./credentials.ts";

const emptyDir = {};
const downward: VolumeMount = {
  name: "tekton-internal-downward",
  mountPath: "/tekton/downward",
  readOnly: true,
};
const scripts: VolumeMount = {
  name: "tekton-internal-scripts",
  mountPath: "/tekton/scripts",
  readOnly: true,
};
const implicit: readonly VolumeMount[] = [
  { name: "tekton-internal-bin", mountPath: "/tekton/bin", readOnly: true },
  { name: "tekton-internal-workspace", mountPath: "/workspace" },
  { name: "tekton-internal-home", mountPath: "/tekton/home" },
  { name: "tekton-internal-results", mountPath: "/tekton/results" },
  { name: "tekton-internal-steps", mountPath: "/tekton/steps", readOnly: true },
  { name: "tekton-internal-artifacts", mountPath: "/tekton/artifacts" },
];

export interface MountPlace {
  readonly steps: readonly Step[];
  readonly index: number;
  readonly flags: ReadonlyMap<string, string>;
  readonly credentials: readonly Credential[];
  /** All volumes of the pod. */
  readonly volumes: readonly Volume[];
}

/**
 * The mounts of a step: its own, then Tekton's. What the step mounts at one of Tekton's places stays
 * there instead.
 * @throws Error for a mount of a volume that the pod does not have
 */
export function mountsOf({ steps, index, flags, credentials, volumes }: MountPlace): StepMount[] {
  const { script, volumeMounts = [] } = steps[index] ?? {};
  const own = [
    ...volumeMounts,
    ...(script === undefined ? [] : [scripts]),
    ...(index === 0 || keepsPod(flags) ? [downward] : []),
    ...(flags.get("disable-creds-init") === "true" ? [] : [credentialsMount(index)]),
    ...steps.map((_, step) => ({
      name: `tekton-internal-run-${step}`,
      mountPath: `/tekton/run/${step}`,
      readOnly: step !== index,
    })),
  ];
  const taken = new Set(own.map(({ mountPath }) => path.posix.normalize(mountPath)));
  const others = [...implicit, ...credentials.map(({ mount }) => mount)];
  return [...own, ...others.filter(({ mountPath }) => !taken.has(mountPath))].map((mount) =>
    stepMount(mount, volumes),
  );
}

function keepsPod(flags: ReadonlyMap<string, string>): boolean {
  return flags.get("keep-pod-on-cancel") === "true";
}

function credentialsMount(index: number): VolumeMount {
  return { name: `tekton-creds-init-home-${index}`, mountPath: "/tekton/creds" };
}

function stepMount(mount: VolumeMount, volumes: readonly Volume[]): StepMount {
  const { mountPath, readOnly = false, subPath, name } = mount;
  const found = volumes.find((volume) => volume.name === name);
  if (found === undefined) throw new Error(`there is no volume ${name} for ${mountPath}`);
  const { name: _, ...source } = found;
  return {
    path: mountPath,
    readOnly,
    ...(subPath !== undefined && { subPath }),
    volume: name,
    source,
  };
}

/** The volumes that Tekton adds to a pod with these steps. */
export function tektonVolumes(
  steps: readonly Step[],
  flags: ReadonlyMap<string, string>,
): Volume[] {
  const items = (keepsPod(flags) ? ["ready", "cancel"] : ["ready"]).map((name) => ({
    fieldRef: { fieldPath: `metadata.annotations['tekton.dev/${name}']` },
    path: name,
  }));
  return [
    ...[...implicit, scripts].map(({ name }) => ({ name, emptyDir })),
    { name: downward.name, downwardAPI: { items } },
    ...steps.flatMap((_, index) => [
      { name: credentialsMount(index).name, emptyDir: { medium: "Memory" } },
      { name: `tekton-internal-run-${index}`, emptyDir },
    ]),
  ];
}
