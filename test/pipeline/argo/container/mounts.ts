import { chmodSync, mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { PodVolumes, type VolumeContents } from "../../tekton/run/pod-volumes.ts";
import type { Pod } from "../engine/execution.ts";
import type { VolumeMount } from "../manifest.ts";
import { writeExecutorFiles } from "./executor-files.ts";

/** A directory or file of this machine in a container. */
export interface HostMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** The volumes of a pod on this machine. */
export interface PodMounts {
  /** What is mounted into the container, outer directories first; input artifacts not among it. */
  readonly mounts: readonly HostMount[];
  /** The directory of the volume `var-run-argo`. */
  readonly executor: string;
  /** The directory of the volume `input-artifacts`. */
  readonly artifacts: string;
}

/** Where the files of a pod are made. */
export interface PodPlace {
  /** An existing directory for them. */
  readonly directory: string;
  /** Who is root in the pod, as an id of this machine. */
  readonly root: number;
  /** A directory for claims that `contents` does not name: pods that use the same one share it. */
  readonly claims: string;
}

/**
 * Makes the volumes of a pod as kubelet and executor leave them to the main container.
 *
 * @throws Error when the cluster does not have what a volume needs: the pod would not start.
 */
export async function makeMounts(
  pod: Pod,
  contents: VolumeContents,
  { directory, root, claims }: PodPlace,
): Promise<PodMounts> {
  const all = { ...contents, claims: { ...newClaims(pod, claims), ...contents.claims } };
  const volumes = new PodVolumes(directory, all, root);
  const place = (mount: VolumeMount): HostMount => {
    const { name: _, ...source } = pod.volumes.find(({ name }) => name === mount.name) ?? {};
    const { name: volume, mountPath, subPath = "", readOnly = false } = mount;
    const made = volumes.mounted({ volume, source, path: mountPath, subPath, readOnly });
    return { source: made.place, target: mountPath, readOnly: made.readOnly };
  };
  const executor = place({ name: "var-run-argo", mountPath: "" }).source;
  await writeExecutorFiles(executor, pod.template);
  if (pod.script !== undefined) {
    const staging = place({ name: "argo-staging", mountPath: "" }).source;
    await writeFile(path.join(staging, "script"), pod.script);
  }
  const given = pod.main.volumeMounts ?? [];
  const hasArtifacts = given.some(({ name }) => name === "input-artifacts");
  return {
    mounts: given
      .filter(({ name }) => name !== "input-artifacts")
      .map(place)
      .toSorted((left, right) => left.target.length - right.target.length),
    executor,
    artifacts: hasArtifacts ? place({ name: "input-artifacts", mountPath: "" }).source : "",
  };
}

/** Claims are there before the pods that use them. */
function newClaims({ volumes }: Pod, directory: string): Readonly<Record<string, string>> {
  const names = volumes.flatMap(
    (each) => (each["persistentVolumeClaim"] as { claimName: string } | undefined)?.claimName ?? [],
  );
  const places = names.map((name) => [name, path.join(directory, name)] as const);
  for (const [, place] of places) {
    // All users of the cluster's pods may write to it, as with a group of the pod's.
    if (mkdirSync(place, { recursive: true, mode: 0o777 }) !== undefined) chmodSync(place, 0o777);
  }
  return Object.fromEntries(places);
}
