import { existsSync, statSync } from "node:fs";
import type { VisibleFiles } from "../../rootfs/landlock.ts";
import type { BindCommandMount } from "../isolation.ts";

/** What a command and its proot use of this machine's files. */
export interface UsedFiles {
  readonly root: string;
  readonly mounts: readonly BindCommandMount[];
  /** proot, its loader, and the libraries that it needs. */
  readonly programFiles: readonly string[];
}

/** What every container has in its /dev. */
const usualDevices = ["null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts"];

/**
 * The rules for one command: it can open what it shall see, and no other file of the pod. Rules
 * hold for all below a directory, so /dev is given out node by node: /dev/shm holds the secrets of others.
 */
export function visibleFiles({ root, mounts, programFiles }: UsedFiles): VisibleFiles {
  const sources = mounts.map(({ source, readOnly }) => ({ source, readOnly }));
  const devices = sources.filter(({ source }) => isDevice(source));
  const files = sources.filter((mount) => !devices.includes(mount));
  const pick = (readOnly: boolean): string[] =>
    files.filter((file) => file.readOnly === readOnly).map(({ source }) => source);
  return {
    list: ["/dev"],
    read: ["/sys", ...programFiles, ...pick(true)],
    use: [
      "/proc",
      ...usualDevices.map((name) => `/dev/${name}`).filter((file) => existsSync(file)),
      ...devices.map(({ source }) => source),
    ],
    write: [root, ...pick(false)],
  };
}

function isDevice(file: string): boolean {
  const stats = statSync(file);
  return stats.isCharacterDevice() || stats.isBlockDevice();
}
