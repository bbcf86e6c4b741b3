import { chmod, chown, cp, lchown, mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Pod } from "../engine/execution.ts";
import type { Artifact, Volume } from "../manifest.ts";

/** Contents of Secrets and ConfigMaps: texts by key, by the object's name. */
export type KeyedTexts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What a cluster has for pods to mount. */
export interface ClusterFiles {
  readonly secrets?: KeyedTexts;
  readonly configMaps?: KeyedTexts;
  /** Directories of this machine that stand for volumes, by the volume's name. */
  readonly volumes?: Readonly<Record<string, string>>;
  /** Files or directories of this machine for artifacts that are not raw, by the artifact's name. */
  readonly artifacts?: Readonly<Record<string, string>>;
}

/** Where the files of a pod are made. */
export interface PodPlace {
  /** An existing directory for them. */
  readonly directory: string;
  /** A directory for claims: pods that name the same one share it. */
  readonly claims: string;
  /** How much ids are moved on the machine. */
  readonly idShift: number;
}

/**
 * Makes the volumes of a pod as kubelet and executor leave them to the main container. Gives their
 * directories on this machine, by name.
 *
 * @throws Error when the cluster does not have what a volume needs: the pod would not start.
 */
export async function makeVolumes(
  pod: Pod,
  cluster: ClusterFiles,
  place: PodPlace,
): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>();
  for (const volume of pod.volumes) {
    const given = cluster.volumes?.[volume.name];
    made.set(volume.name, given ?? (await makeVolume(pod, volume, { ...place, cluster })));
  }
  await writeExecutorFiles(made.get("var-run-argo") ?? place.directory, pod);
  if (pod.script !== undefined) {
    await writeFile(path.join(made.get("argo-staging") ?? place.directory, "script"), pod.script);
  }
  return made;
}

async function makeVolume(
  { securityContext }: Pod,
  volume: Volume,
  { directory, claims, idShift, cluster }: PodPlace & { readonly cluster: ClusterFiles },
): Promise<string> {
  const claim = volume["persistentVolumeClaim"] as { readonly claimName: string } | undefined;
  const place = claim ? path.join(claims, claim.claimName) : path.join(directory, volume.name);
  await mkdir(place, { recursive: true });
  if ("secret" in volume || "configMap" in volume) {
    await writeKeyed(place, volume, cluster);
    return place;
  }
  if (claim === undefined && !("emptyDir" in volume)) {
    throw new Error(`volume ${volume.name} has no directory here`);
  }
  const group = (securityContext["fsGroup"] as number | undefined) ?? 0;
  await chown(place, idShift, idShift + group);
  await chmod(place, group === 0 ? 0o777 : 0o2777);
  return place;
}

/** What the init container leaves for the emissary, but the 90 MB of that program. */
async function writeExecutorFiles(directory: string, { template }: Pod): Promise<void> {
  await writeWithMode(path.join(directory, "argoexec"), "no program\n", 0o555);
  await writeWithMode(path.join(directory, "template"), template, 0o444);
  for (const name of ["ctr", "ctr/main"]) {
    await mkdir(path.join(directory, name));
    await chmod(path.join(directory, name), 0o777);
  }
}

interface KeyedSource {
  readonly secretName?: string;
  readonly name?: string;
  readonly optional?: boolean;
  readonly defaultMode?: number;
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

/** A kubelet writes the files into a directory of their own, behind a symlink that it can replace. */
async function writeKeyed(directory: string, volume: Volume, cluster: ClusterFiles): Promise<void> {
  const data = "..2026_01_01_00_00_00.1";
  await mkdir(path.join(directory, data));
  await symlink(data, path.join(directory, "..data"));
  const { texts, mode } = projection(volume, cluster);
  for (const [file, text] of texts) {
    await mkdir(path.dirname(path.join(directory, data, file)), { recursive: true });
    await writeWithMode(path.join(directory, data, file), text, mode);
  }
  const entries = new Set(texts.map(([file]) => file.split("/")[0] ?? file));
  for (const entry of entries) await symlink(`..data/${entry}`, path.join(directory, entry));
}

interface Projection {
  /** Texts by their paths in the volume. */
  readonly texts: readonly (readonly [string, string])[];
  readonly mode: number;
}

function projection(volume: Volume, { secrets, configMaps }: ClusterFiles): Projection {
  const { secret, configMap } = volume as { secret?: KeyedSource; configMap?: KeyedSource };
  if (secret !== undefined) return project(volume.name, secret, secrets?.[secret.secretName ?? ""]);
  return project(volume.name, configMap ?? {}, configMaps?.[configMap?.name ?? ""]);
}

function project(
  volume: string,
  source: KeyedSource,
  known: Readonly<Record<string, string>> | undefined,
): Projection {
  const items = source.items ?? Object.keys(known ?? {}).map((key) => ({ key, path: key }));
  const texts = items.flatMap(({ key, path: file }) => {
    const text = known?.[key];
    return text === undefined ? [] : [[file, text] as const];
  });
  if (source.optional !== true && (known === undefined || texts.length < items.length)) {
    throw new Error(`MountVolume.SetUp failed for volume "${volume}": not found`);
  }
  return { texts, mode: source.defaultMode ?? 0o644 };
}

/**
 * Puts an input artifact at a path of this machine. An artifact of the executor is root's, and all
 * may write to it.
 *
 * @throws Error when this machine has nothing for it.
 */
export async function writeArtifact(
  target: string,
  artifact: Artifact,
  cluster: ClusterFiles,
): Promise<void> {
  const { name, raw, mode = 0o666 } = artifact;
  await mkdir(path.dirname(target), { recursive: true });
  if (raw !== undefined) return writeWithMode(target, raw.data, mode);
  const source = cluster.artifacts?.[name];
  if (source === undefined) throw new Error(`artifact ${name} has no directory here`);
  await cp(source, target, { recursive: true, verbatimSymlinks: true });
}

/** Makes a symlink in a directory that stands for the root of a container. */
export async function writeLink(file: string, target: string, owner: number): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await symlink(target, file);
  await lchown(file, owner, owner);
}

async function writeWithMode(file: string, text: string, mode: number): Promise<void> {
  await writeFile(file, text);
  await chmod(file, mode);
}
