import { statSync } from "node:fs";
import type { FileMount } from "./isolation.ts";
import { type MountPoint, makeDirectoryInRoot, prepareMountPoints } from "./mount-points.ts";
import { resolveInRoot } from "./rooted-path.ts";

/** What a command finds in its root beside the stage's files. */
export interface MountPlan {
  /** Absolute path of the root on this machine. */
  readonly root: string;
  /** The command's working directory. */
  readonly cwd: string;
  readonly mounts: readonly FileMount[];
}

/** Where something is mounted for every command. */
const systemPoints: readonly MountPoint[] = [
  { target: "/proc", kind: "directory" },
  { target: "/dev", kind: "directory" },
  { target: "/sys", kind: "directory" },
];

/**
 * Calls `use` with the mounts, their targets resolved, while all of them have mount points in the
 * root, and the working directory is there.
 *
 * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE, and what `use` throws.
 */
export async function withPlacedMounts<T>(
  { root, cwd, mounts }: MountPlan,
  use: (placed: readonly FileMount[]) => Promise<T>,
): Promise<T> {
  for (const { target } of systemPoints) makeDirectoryInRoot(root, target);
  const points = prepareMountPoints(root, [...systemPoints, ...mounts.map(mountPoint)]);
  try {
    makeWorkingDirectory(root, cwd, points.targets);
    const targets = points.targets.slice(systemPoints.length);
    return await use(
      mounts.map((mount, at) => ({ ...mount, target: targets[at] ?? mount.target })),
    );
  } finally {
    points.remove();
  }
}

function mountPoint(mount: FileMount): MountPoint {
  const isFile = mount.type === "bind" && !statSync(mount.source).isDirectory();
  return { target: mount.target, kind: isFile ? "file" : "directory" };
}

/** Unless it lies in a mount, a missing working directory becomes part of the image. */
function makeWorkingDirectory(root: string, cwd: string, mounted: readonly string[]): void {
  const resolved = resolveInRoot(root, cwd);
  if (mounted.some((target) => `${resolved}/`.startsWith(`${target}/`))) return;
  makeDirectoryInRoot(root, resolved);
}
