import { chmod, mkdir, mkdtemp } from "node:fs/promises";
import path from "node:path";
import { readIfThere } from "../../../src/support/read-if-there.ts";
import { podCommand, podProfiles } from "../../support/pods.ts";
import { runToDeadline } from "./container/deadline.ts";
import { environmentOf } from "./container/environment.ts";
import { expandVariables } from "./container/expand-variables.ts";
import { findProgram } from "./container/find-program.ts";
import { type LeftContainer, readLeftFile } from "./container/left-files.ts";
import { type ClusterFiles, makeVolumes, writeArtifact, writeLink } from "./container/pod-files.ts";
import type { EndedContainer, Pod, RunContainer } from "./engine/execution.ts";
import type { Artifact } from "./manifest.ts";

/** A cluster that runs the pods of workflows on this machine, all in one image. */
export interface PodCluster extends ClusterFiles {
  /** One of `podProfiles`. It decides user and capabilities, whatever a pod asks for. */
  readonly profile: string;
  /** Directories whose union is the image's root, the uppermost first. */
  readonly layers: readonly string[];
  /** What the image sets. */
  readonly environment: Readonly<Record<string, string>>;
  /** An existing directory for the files of the pods. */
  readonly directory: string;
  /** `readOnlyRootFilesystem` for all pods; one that asks for it itself gets it anyway. */
  readonly readOnlyRoot?: boolean;
  /** Artifacts come without an init container: as symlinks that the emissary makes as the user. */
  readonly initLess?: boolean;
  /** How long a second of a deadline takes here, in milliseconds. Default 1000. */
  readonly second?: number;
  /** From SIGTERM to SIGKILL, in seconds. Default 30. */
  readonly graceSeconds?: number;
  /** More arguments for the pod program, such as `--memory=BYTES`. */
  readonly options?: readonly string[];
}

/**
 * Gives a function that runs the main container of a pod with the pod program, under what Argo's
 * executor and the kubelet put around it. The command is the container's first process: there is no
 * emissary. Needs root, and the pods beside the project.
 */
export function podRunner(cluster: PodCluster): RunContainer {
  return (pod) => runPod(cluster, pod);
}

async function runPod(cluster: PodCluster, pod: Pod): Promise<EndedContainer> {
  const { idShift = 0, user = { uid: 0, gid: 0 } } = podProfiles[cluster.profile] ?? {};
  await chmod(cluster.directory, 0o711);
  const directory = await mkdtemp(path.join(cluster.directory, "pod-"));
  const [volumesDirectory, links, scratch] = ["volumes", "links", "scratch"].map((name) =>
    path.join(directory, name),
  ) as [string, string, string];
  for (const name of [directory, volumesDirectory, links, scratch]) {
    await mkdir(name, { recursive: true });
    await chmod(name, 0o755);
  }
  const volumes = await makeVolumes(pod, cluster, { directory: volumesDirectory, idShift });
  const container = {
    pod,
    cluster,
    scratch,
    volumes,
    mounts: mountsOf(pod, volumes, cluster),
    links,
    owner: user.uid,
  };
  const refusal = await placeArtifacts(container);
  if (refusal !== undefined) return ended(65, refusal);
  return start(container, user.uid === idShift ? undefined : user);
}

interface PreparedContainer {
  readonly pod: Pod;
  readonly cluster: PodCluster;
  readonly scratch: string;
  readonly volumes: ReadonlyMap<string, string>;
  readonly mounts: readonly HostMount[];
  /** The uppermost layer of the image, for the symlinks of artifacts. */
  readonly links: string;
  readonly owner: number;
}

async function start(
  { pod, cluster, scratch, volumes, mounts, links }: PreparedContainer,
  user: LeftContainer["user"],
): Promise<EndedContainer> {
  const layers = [links, ...cluster.layers];
  const environment = environmentOf(pod.main, cluster);
  const variables = new Map(Object.entries(environment));
  const [name = "", ...args] = pod.argv.map((text) => expandVariables(text, variables));
  const program = findProgram(name, environment["PATH"] ?? "", layers);
  if (program === undefined) {
    return ended(64, `exec: "${name}": executable file not found in $PATH`);
  }
  const command = await podCommand({
    profile: cluster.profile,
    layers,
    scratch,
    environment,
    options: [
      ...mounts.map(mountOption),
      ...securityOptions(pod, cluster),
      ...(cluster.options ?? []),
    ],
    command: [program, ...args],
  });
  const { second = 1000, graceSeconds = 30 } = cluster;
  const deadline = pod.deadlineSeconds === undefined ? undefined : pod.deadlineSeconds * second;
  const end = await runToDeadline(command, { deadline, grace: graceSeconds * second });
  const left: LeftContainer = {
    roots: [path.join(scratch, "upper"), ...layers],
    mounts: new Map(mounts.map(({ target, source }) => [target, source])),
    user,
  };
  return {
    ...end,
    progress: await readIfThere(path.join(volumes.get("var-run-argo") ?? "", "progress")),
    readFile: (file) => readLeftFile(left, file),
  };
}

function ended(exitCode: number, log: string): EndedContainer {
  return { exitCode, log: `${log}\n`, stdout: "", timedOut: false, readFile: readNothing };
}

function readNothing(): Promise<undefined> {
  return Promise.resolve(undefined);
}

interface HostMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

function mountOption({ source, target, readOnly }: HostMount): string {
  return `--mount=${source}:${target}${readOnly ? ":ro" : ""}`;
}

/** What is mounted into the container, outer directories first. */
function mountsOf(
  { main }: Pod,
  volumes: ReadonlyMap<string, string>,
  { initLess = false }: PodCluster,
): readonly HostMount[] {
  return (main.volumeMounts ?? [])
    .filter(({ name }) => !(initLess && name === "input-artifacts"))
    .map(({ name, mountPath, subPath = "", readOnly = false }) => ({
      source: path.join(volumes.get(name) ?? "", subPath),
      target: mountPath,
      readOnly,
    }))
    .toSorted((left, right) => left.target.length - right.target.length);
}

/** Puts all input artifacts in place. Says why the container cannot start, where they cannot be. */
async function placeArtifacts(container: PreparedContainer): Promise<string | undefined> {
  const { pod, cluster, volumes } = container;
  for (const artifact of pod.inputArtifacts) {
    const { name, path: target = "" } = artifact;
    const mount = container.mounts.filter((each) => target.startsWith(`${each.target}/`)).at(-1);
    const inVolume = mount && path.join(mount.source, path.relative(mount.target, target));
    if (cluster.initLess === true) {
      const place = path.join("inputs/artifacts", name);
      await writeArtifact(path.join(volumes.get("var-run-argo") ?? "", place), artifact, cluster);
      const refusal = await linkArtifact(container, artifact, inVolume);
      if (refusal !== undefined) return refusal;
    } else {
      const own = path.join(volumes.get("input-artifacts") ?? "", name);
      await writeArtifact(inVolume ?? own, artifact, cluster);
    }
  }
  return undefined;
}

async function linkArtifact(
  { links, pod, cluster, owner }: PreparedContainer,
  { name, path: target = "" }: Artifact,
  inVolume: string | undefined,
): Promise<string | undefined> {
  const isRootReadOnly = securityOptions(pod, cluster).includes("--read-only");
  const isRoot = owner === (podProfiles[cluster.profile]?.idShift ?? 0);
  if (inVolume === undefined && (isRootReadOnly || !isRoot)) {
    return `failed to create symlink ${target}: ${isRootReadOnly ? "read-only file system" : "permission denied"}`;
  }
  const place = inVolume ?? path.join(links, target);
  await writeLink(place, `/var/run/argo/inputs/artifacts/${name}`, owner);
  return undefined;
}

function securityOptions({ main, securityContext }: Pod, cluster: PodCluster): readonly string[] {
  const isReadOnly =
    cluster.readOnlyRoot === true || main.securityContext?.["readOnlyRootFilesystem"] === true;
  const group = securityContext["fsGroup"] as number | undefined;
  return [
    ...(isReadOnly ? ["--read-only"] : []),
    ...(group === undefined ? [] : [`--group=${group}`]),
    ...(main.workingDir === undefined ? [] : [`--cwd=${main.workingDir}`]),
  ];
}
