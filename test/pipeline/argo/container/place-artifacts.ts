import path from "node:path";
import type { Pod } from "../engine/execution.ts";
import type { Artifact } from "../manifest.ts";
import { type ClusterFiles, writeArtifact, writeLink } from "./pod-files.ts";

/** A directory or file of this machine in a container. */
export interface HostMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Where the files of a pod with input artifacts are. */
export interface ArtifactPlaces {
  readonly cluster: ClusterFiles;
  /** The directories of the pod's volumes, by name. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly mounts: readonly HostMount[];
}

/** What Argo does without an init container: the emissary makes symlinks, as the container's user. */
export interface LinkPlaces {
  /** A directory that becomes a part of the container's root. */
  readonly directory: string;
  readonly owner: number;
  /** Why nothing can be made in the root, if so. */
  readonly refusal: string | undefined;
}

/** Puts the input artifacts where an init container puts them: on their mounts, or in volumes. */
export async function placeArtifacts(pod: Pod, places: ArtifactPlaces): Promise<undefined> {
  const { cluster, volumes } = places;
  for (const artifact of pod.inputArtifacts) {
    const own = path.join(volumes.get("input-artifacts") ?? "", artifact.name);
    await writeArtifact(placeInVolume(artifact, places) ?? own, artifact, cluster);
  }
}

/** Makes symlinks to the input artifacts. Says why the container cannot start, where it cannot. */
export async function linkArtifacts(
  pod: Pod,
  places: ArtifactPlaces,
  { directory, owner, refusal }: LinkPlaces,
): Promise<string | undefined> {
  for (const artifact of pod.inputArtifacts) {
    const { name, path: target = "" } = artifact;
    const inVolume = placeInVolume(artifact, places);
    if (inVolume === undefined && refusal !== undefined) {
      return `failed to create symlink ${target}: ${refusal}`;
    }
    const executor = places.volumes.get("var-run-argo") ?? "";
    await writeArtifact(path.join(executor, "inputs/artifacts", name), artifact, places.cluster);
    const place = inVolume ?? path.join(directory, target);
    await writeLink(place, `/var/run/argo/inputs/artifacts/${name}`, owner);
  }
  return undefined;
}

function placeInVolume(
  { path: target = "" }: Artifact,
  { mounts }: ArtifactPlaces,
): string | undefined {
  const mount = mounts.filter((each) => target.startsWith(`${each.target}/`)).at(-1);
  return mount && path.join(mount.source, path.relative(mount.target, target));
}
