import { chmod, mkdir, mkdtemp } from "node:fs/promises";
import path from "node:path";
import { readIfThere } from "../../../src/support/read-if-there.ts";
import type { PodImage } from "../../support/pod-image.ts";
import { podCommand, podProfiles } from "../../support/pods.ts";
import { expand } from "../tekton/pod/environment.ts";
import type { VolumeContents } from "../tekton/run/pod-volumes.ts";
import { runToDeadline } from "./container/deadline.ts";
import { environmentOf } from "./container/environment.ts";
import { findProgram } from "./container/find-program.ts";
import { type LeftContainer, readLeftFile } from "./container/left-files.ts";
import { type HostMount, makeMounts } from "./container/mounts.ts";
import {
  type ArtifactSources,
  linkArtifacts,
  placeArtifacts,
} from "./container/place-artifacts.ts";
import type { EndedContainer, Pod, RunContainer } from "./engine/execution.ts";

/** A cluster that runs the pods of workflows on this machine, all in one image. */
export interface PodCluster extends VolumeContents {
  /** One of `podProfiles`. It decides user and capabilities, whatever a pod asks for. */
  readonly profile: string;
  readonly image: Pick<PodImage, "layers" | "environment">;
  /** An existing directory for the files of the pods; clusters with the same one share claims. */
  readonly directory: string;
  readonly artifacts?: ArtifactSources;
  /** `readOnlyRootFilesystem` for all pods; one that asks for it itself gets it anyway. */
  readonly readOnlyRoot?: boolean;
  /** Artifacts come without an init container: as symlinks that the emissary makes as the user. */
  readonly initLess?: boolean;
  /** A program of the image that stands for the emissary, such as `tini -g --`; none where absent. */
  readonly emissary?: readonly string[];
  /** How long a second of a deadline takes here, in milliseconds. Default 1000. */
  readonly second?: number;
  /** From SIGTERM to SIGKILL, in seconds. Default 30. */
  readonly graceSeconds?: number;
  /** More arguments for the pod program, such as `--memory=BYTES`. */
  readonly options?: readonly string[];
}

/**
 * Gives a function that runs the main container of a pod with the pod program, under what Argo's
 * executor and the kubelet put around it. Without an `emissary`, the command is the container's first
 * process. Needs root, and the pods beside the project.
 */
export function podRunner(cluster: PodCluster): RunContainer {
  return (pod) => runPod(cluster, pod);
}

async function runPod(cluster: PodCluster, pod: Pod): Promise<EndedContainer> {
  const { idShift = 0, user = { uid: 0, gid: 0 } } = podProfiles[cluster.profile] ?? {};
  await chmod(cluster.directory, 0o711);
  const directory = await mkdtemp(path.join(cluster.directory, "pod-"));
  for (const name of ["", "volumes", "links", "scratch"]) {
    await mkdir(path.join(directory, name), { recursive: true });
    await chmod(path.join(directory, name), 0o755);
  }
  const podMounts = await makeMounts(pod, cluster, {
    directory: path.join(directory, "volumes"),
    root: idShift,
    claims: path.join(cluster.directory, "claims"),
  });
  const links = path.join(directory, "links");
  const isRoot = user.uid === idShift;
  const { artifacts: sources = {}, initLess = false } = cluster;
  const refusal = refusalOf(pod, cluster, isRoot);
  const linking = { sources, directory: links, owner: user.uid, refusal };
  const fault = initLess ? await linkArtifacts(pod, podMounts, linking) : undefined;
  if (fault !== undefined) return unstarted(65, fault);
  const placed = initLess ? [] : await placeArtifacts(pod, podMounts, sources);
  const ended = await start({
    pod,
    cluster,
    directory,
    layers: [links, ...(await cluster.image.layers(idShift))],
    mounts: [...podMounts.mounts, ...placed],
    user: isRoot ? undefined : user,
  });
  return { ...ended, progress: await readIfThere(path.join(podMounts.executor, "progress")) };
}

/** Why the emissary can make nothing in the container's root. */
function refusalOf(pod: Pod, cluster: PodCluster, isRoot: boolean): string | undefined {
  if (isReadOnly(pod, cluster)) return "read-only file system";
  return isRoot ? undefined : "permission denied";
}

interface PreparedContainer extends Pick<LeftContainer, "user"> {
  readonly pod: Pod;
  readonly cluster: PodCluster;
  readonly directory: string;
  readonly layers: readonly string[];
  readonly mounts: readonly HostMount[];
}

async function start(prepared: PreparedContainer): Promise<EndedContainer> {
  const { pod, cluster, directory, layers, mounts, user } = prepared;
  const { profile, emissary = [], options = [], second = 1000, graceSeconds = 30 } = cluster;
  // The kubelet does not know what the image sets.
  const own = environmentOf(pod.main, cluster);
  const environment = { ...cluster.image.environment, ...own };
  const [name = "", ...args] = pod.argv.map((text) => expand(text, own));
  const program = findProgram(name, environment["PATH"] ?? "", layers);
  if (program === undefined) {
    return unstarted(64, `exec: "${name}": executable file not found in $PATH`);
  }
  const scratch = path.join(directory, "scratch");
  const command = await podCommand({
    profile,
    layers,
    scratch,
    environment,
    options: [...mounts.map(mountOption), ...specOptions(pod, cluster), ...options],
    command: [...emissary, program, ...args],
  });
  const deadline = pod.deadlineSeconds === undefined ? undefined : pod.deadlineSeconds * second;
  const end = await runToDeadline(command, { deadline, grace: graceSeconds * second });
  const left: LeftContainer = {
    roots: [path.join(scratch, "upper"), ...layers],
    mounts: new Map(mounts.map(({ target, source }) => [target, source])),
    user,
  };
  return { ...end, readFile: (file) => readLeftFile(left, file) };
}

/** The end of a container whose command did not start. */
function unstarted(exitCode: number, fault: string): EndedContainer {
  return { exitCode, log: `${fault}\n`, stdout: "", timedOut: false, readFile: readNothing };
}

function readNothing(): Promise<undefined> {
  return Promise.resolve(undefined);
}

function mountOption({ source, target, readOnly }: HostMount): string {
  return `--mount=${source}:${target}${readOnly ? ":ro" : ""}`;
}

function isReadOnly({ main }: Pod, { readOnlyRoot }: PodCluster): boolean {
  return readOnlyRoot === true || main.securityContext?.["readOnlyRootFilesystem"] === true;
}

function specOptions(pod: Pod, cluster: PodCluster): readonly string[] {
  const group = pod.securityContext["fsGroup"] as number | undefined;
  const { workingDir } = pod.main;
  return [
    ...(isReadOnly(pod, cluster) ? ["--read-only"] : []),
    ...(group === undefined ? [] : [`--group=${group}`]),
    ...(workingDir === undefined ? [] : [`--cwd=${workingDir}`]),
  ];
}
