import { statfsSync } from "node:fs";

/** How large the filesystem of a directory is. */
export interface DiskSpace {
  /** What this user may still use. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Asks the filesystem of an existing directory. @throws the system's error */
export function diskSpace(directory: string): DiskSpace {
  const { bavail, blocks, bsize } = statfsSync(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
