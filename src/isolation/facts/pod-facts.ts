import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { mountOf, readMountTable } from "../../rootfs/mount-table.ts";
import { inUserNamespace } from "../../rootfs/owner-ids.ts";
import { probeChroot } from "../../rootfs/posix-process.ts";
import { landlockVersion } from "../../rootfs/posix-restrict.ts";
import { type DiskSpace, diskSpace } from "../../support/disk-space.ts";
import { type ProgramResult, runProgram } from "../../support/process.ts";
import { inStepImage } from "../step-image.ts";
import { type MemoryFacts, memoryFacts } from "./memory-cgroups.ts";
import { type ProcessRights, parseProcessStatus } from "./process-rights.ts";
import { readVisible } from "./read-visible.ts";

/** Whether something was permitted when it was tried. */
export type AttemptFact =
  | { readonly works: true }
  | { readonly works: false; readonly reason: string };

/** A directory and the filesystem that it is on. */
export interface DirectoryFacts extends DiskSpace {
  readonly path: string;
  /** Type of the filesystem, such as `overlay`; empty where it is not known. */
  readonly filesystem: string;
  /** Whether it is mounted so, for everybody. */
  readonly readOnly: boolean;
  /** Whether this process may write to it. */
  readonly writable: AttemptFact;
}

/** What this pod is like, as far as running commands depends on it. */
export interface PodFacts extends ProcessRights {
  readonly stepImage: boolean;
  readonly userNamespaces: {
    /** Whether the pod has one of its own. */
    readonly inOwn: boolean;
    /** First id inside, first id outside, count: `/proc/self/uid_map`. */
    readonly uidMap: readonly (readonly number[])[];
    /** Whether another may be made. */
    readonly make: AttemptFact;
  };
  readonly chroot: AttemptFact;
  /** Yama's ptrace_scope (https://docs.kernel.org/admin-guide/LSM/Yama.html); null without Yama. */
  readonly ptraceScope: number | null;
  /** Version of landlock's interface; 0 where there is none. */
  readonly landlockAbi: number;
  /** The AppArmor profile or SELinux label of this process; null without either. */
  readonly securityLabel: string | null;
  /** What of /proc is covered by mounts: such pods may not mount another one. */
  readonly maskedProc: readonly string[];
  readonly root: DirectoryFacts;
  readonly memory: MemoryFacts;
  /** Absolute paths of programs that are of use to slipway; null for those that are missing. */
  readonly programs: Readonly<Record<string, string | null>>;
}

const programNames = ["unshare", "crun", "runc", "newuidmap", "newgidmap", "proot", "git"];

/** Finds out what this pod is like. Changes nothing. */
export async function gatherPodFacts(signal: AbortSignal): Promise<PodFacts> {
  const mounts = readMountTable();
  return {
    ...parseProcessStatus(readVisible("/proc/self/status")),
    stepImage: inStepImage(),
    userNamespaces: {
      inOwn: inUserNamespace(),
      uidMap: readVisible("/proc/self/uid_map")
        .trim()
        .split("\n")
        .map((line) => line.trim().split(/\s+/).map(Number)),
      make: await makesUserNamespaces(signal),
    },
    chroot: tried(probeChroot),
    ptraceScope: numberIn(readVisible("/proc/sys/kernel/yama/ptrace_scope")),
    landlockAbi: landlockVersion(),
    securityLabel: readVisible("/proc/self/attr/current").replace(/\0/g, "").trim() || null,
    maskedProc: mounts.map(({ target }) => target).filter((target) => target.startsWith("/proc/")),
    root: directoryFacts("/", mounts),
    memory: memoryFacts(),
    programs: Object.fromEntries(programNames.map((name) => [name, findProgram(name)])),
  };
}

/** What there is to know of an existing directory. */
export function directoryFacts(directory: string, mounts = readMountTable()): DirectoryFacts {
  const mount = mountOf(realpathSync(directory), mounts);
  return {
    path: directory,
    filesystem: mount?.type ?? "",
    readOnly: mount?.readOnly ?? false,
    writable: tried(() => accessSync(directory, constants.W_OK)),
    ...diskSpace(directory),
  };
}

function tried(action: () => void): AttemptFact {
  try {
    action();
    return { works: true };
  } catch (error) {
    return { works: false, reason: errnoOf(error) ?? String(error) };
  }
}

/** Makes one for a program that ends at once. */
async function makesUserNamespaces(signal: AbortSignal): Promise<AttemptFact> {
  const argv = ["unshare", "--user", "--map-root-user", "--", "unshare", "--version"] as const;
  const result = await runProgram(argv, { signal });
  if (result.kind === "exited" && result.code === 0) return { works: true };
  return { works: false, reason: reasonOf(result) };
}

function reasonOf(result: ProgramResult): string {
  if (result.kind === "not-started") return `unshare cannot be run: ${result.errno}`;
  return result.stderr.toString().trim().split("\n")[0] ?? "";
}

function findProgram(name: string): string | null {
  const directories = (process.env["PATH"] ?? "").split(path.delimiter).filter(Boolean);
  const candidates = directories.map((directory) => path.join(directory, name));
  return candidates.find((candidate) => existsSync(candidate)) ?? null;
}

function numberIn(text: string): number | null {
  const number = Number.parseInt(text, 10);
  return Number.isNaN(number) ? null : number;
}
