import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

/** The program that runs Kubernetes-like pods. It lies beside the project, where there is one. */
const podProgram = path.resolve("../shared/pods/pod");

/** Whether pods can be run on this machine. */
export function hasPods(): boolean {
  return existsSync(podProgram) && process.getuid?.() === 0;
}

/** Who a pod's user is on the machine. */
interface MachineUser {
  readonly uid: number;
  readonly gid: number;
}

/** What slipway finds in a kind of pod. */
export interface PodProfile {
  readonly user: MachineUser;
  /** How much ids of the pod's files are moved on the machine: the pod has a user namespace of its own. */
  readonly idShift: number;
  /** How a RUN has to be isolated there. */
  readonly rung: "namespace" | "inplace" | "ptrace";
  /** A file that names the conformance cases that cannot pass there, each with the reason. */
  readonly knownFailures?: string;
}

const root = { uid: 0, gid: 0 };
const shiftedRoot = { uid: 100_000, gid: 100_000 };
const ordinary = { uid: 1000, gid: 1000 };
const ptrace = { rung: "ptrace", knownFailures: "test/conformance-ptrace.json" } as const;
const inplace = { rung: "inplace", knownFailures: "test/conformance-inplace.json" } as const;
const random = { uid: 1_000_650_000, gid: 0 };

/** The pods that slipway has to build in, by the names of their profiles. */
export const podProfiles: Readonly<Record<string, PodProfile>> = {
  default: { user: root, idShift: 0, ...inplace },
  crio: { user: root, idShift: 0, ...inplace },
  unconfined: { user: root, idShift: 0, rung: "namespace" },
  restricted: { user: ordinary, idShift: 0, ...ptrace },
  "restricted-random-uid": { user: random, idShift: 0, ...ptrace },
  "nonroot-unconfined": {
    user: ordinary,
    idShift: 0,
    rung: "namespace",
    knownFailures: "test/conformance-single-id.json",
  },
  "hostusers-false": { user: shiftedRoot, idShift: 100_000, ...inplace },
  "hostusers-false-restricted": { user: shiftedRoot, idShift: 100_000, ...ptrace },
  privileged: { user: root, idShift: 0, rung: "namespace" },
};

/** A pod's only container. */
export interface PodContainer {
  readonly profile: string;
  /** Directories whose union is the image's root, the uppermost first. */
  readonly layers: readonly string[];
  /** An existing directory for what this container writes; for one container only. */
  readonly scratch: string;
  readonly environment: Readonly<Record<string, string>>;
  /** More arguments for the pod program, such as `--mount=SOURCE:TARGET`. */
  readonly options?: readonly string[];
  readonly command: readonly string[];
}

/**
 * The command that runs a container on an overlay, as a kubelet would. Nothing of it outlives the
 * command: mount and processes are in namespaces that end with it, even when it is killed.
 */
export async function podCommand(container: PodContainer): Promise<readonly string[]> {
  const { profile, layers, scratch, environment } = container;
  for (const name of ["upper", "work", "root"]) await mkdir(path.join(scratch, name));
  // A pod with ids of its own comes to its root by no right of the machine's root.
  await chmod(scratch, 0o711);
  const shift = podProfiles[profile]?.idShift ?? 0;
  const prepare = [
    `chown ${shift}:${shift} "$1/upper"`,
    'mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root"',
    'shift 2; exec "$@"',
  ].join(" && ");
  const variables = Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`);
  const namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const overlay = ["sh", "-c", prepare, "pod", scratch, layers.join(":")];
  const pod = [podProgram, "run", `--profile=${profile}`, `--rootfs=${path.join(scratch, "root")}`];
  const options = [...variables, ...(container.options ?? [])];
  return [...namespaces, ...overlay, ...pod, ...options, "--", ...container.command];
}

/** Makes a directory like the one that a pod gets its service account's token in, and gives its path. */
export async function writeServiceAccount(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  for (const name of ["token", "ca.crt", "namespace"]) {
    await writeFile(path.join(directory, name), `the pod's own ${name}\n`);
  }
  return directory;
}

/** What an image says about the process that a container of it runs. */
export interface ImageProcess {
  readonly environment: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
}

/** Reads that from an OCI layout that holds one image. */
export async function imageProcess(layout: string): Promise<ImageProcess> {
  const index = await readJson<{ manifests: [Descriptor] }>(path.join(layout, "index.json"));
  const manifest = await readJson<{ config: Descriptor }>(blobPath(layout, index.manifests[0]));
  const { config } = await readJson<{ config: { Env?: string[]; Entrypoint?: string[] } }>(
    blobPath(layout, manifest.config),
  );
  const variables = (config.Env ?? []).map((line) => {
    const equals = line.indexOf("=");
    return [line.slice(0, equals), line.slice(equals + 1)];
  });
  return {
    environment: Object.fromEntries(variables) as Record<string, string>,
    entrypoint: config.Entrypoint ?? [],
  };
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

function blobPath(layout: string, { digest }: Descriptor): string {
  return path.join(layout, "blobs", digest.replace(":", "/"));
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, "utf8")) as T;
}
