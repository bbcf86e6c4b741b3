import { statSync } from "node:fs";
import type { VisibleFiles } from "../../rootfs/landlock.ts";
import type { BindCommandMount } from "../isolation.ts";

/** What a command and its proot use of this machine's files. */
export interface UsedFiles {
  readonly root: string;
  readonly mounts: readonly BindCommandMount[];
  /** proot, its loader, and the libraries that it needs. */
  readonly programFiles: readonly string[];
}

/** The rules for one command: it can open what it shall see, and no other file of the pod. */
export function visibleFiles({ root, mounts, programFiles }: UsedFiles): VisibleFiles {
  const devices = mounts.filter(({ source }) => source.startsWith("/dev/") && isDevice(source));
  const files = mounts.filter((mount) => !devices.includes(mount));
  return {
    read: ["/sys", ...programFiles, ...sources(files.filter(({ readOnly }) => readOnly))],
    use: ["/proc", ...sources(devices)],
    write: [root, ...sources(files.filter(({ readOnly }) => !readOnly))],
  };
}

/** Also of the directory of terminals. */
function isDevice(file: string): boolean {
  const stats = statSync(file);
  return stats.isCharacterDevice() || stats.isBlockDevice() || file === "/dev/pts";
}

function sources(mounts: readonly BindCommandMount[]): string[] {
  return mounts.map(({ source }) => source);
}
