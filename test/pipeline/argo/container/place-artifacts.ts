import path from "node:path";
import type { Pod } from "../engine/execution.ts";
import type { Artifact } from "../manifest.ts";
import { writeArtifact, writeLink } from "./executor-files.ts";
import type { HostMount, PodMounts } from "./mounts.ts";

/** Files or directories of this machine for artifacts that are not raw, by the artifact's name. */
export type ArtifactSources = Readonly<Record<string, string>>;

/**
 * Puts the input artifacts where an init container puts them: in the volumes around their paths, or on
 * mounts of their own, which it gives.
 */
export async function placeArtifacts(
  pod: Pod,
  podMounts: PodMounts,
  sources: ArtifactSources,
): Promise<readonly HostMount[]> {
  const own: HostMount[] = [];
  for (const artifact of pod.inputArtifacts) {
    const inVolume = placeInVolume(artifact, podMounts);
    const source = inVolume ?? path.join(podMounts.artifacts, artifact.name);
    await writeArtifact(source, artifact, sources);
    if (inVolume === undefined) own.push({ source, target: artifact.path ?? "", readOnly: false });
  }
  return own;
}

/** What Argo does without an init container: the emissary makes symlinks, as the container's user. */
export interface LinkPlaces {
  readonly sources: ArtifactSources;
  /** A directory that becomes a part of the container's root. */
  readonly directory: string;
  readonly owner: number;
  /** Why nothing can be made in the root, if so. */
  readonly refusal: string | undefined;
}

/** Makes symlinks to the input artifacts. Says why the container cannot start, where it cannot. */
export async function linkArtifacts(
  pod: Pod,
  podMounts: PodMounts,
  { sources, directory, owner, refusal }: LinkPlaces,
): Promise<string | undefined> {
  for (const artifact of pod.inputArtifacts) {
    const { name, path: target = "" } = artifact;
    const inVolume = placeInVolume(artifact, podMounts);
    if (inVolume === undefined && refusal !== undefined) {
      return `failed to create symlink ${target}: ${refusal}`;
    }
    await writeArtifact(path.join(podMounts.executor, "inputs/artifacts", name), artifact, sources);
    const place = inVolume ?? path.join(directory, target);
    await writeLink(place, `/var/run/argo/inputs/artifacts/${name}`, owner);
  }
  return undefined;
}

function placeInVolume({ path: target = "" }: Artifact, { mounts }: PodMounts): string | undefined {
  const mount = mounts.filter((each) => target.startsWith(`${each.target}/`)).at(-1);
  return mount && path.join(mount.source, path.relative(mount.target, target));
}
