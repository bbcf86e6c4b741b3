import { statSync } from "node:fs";
import type { BindCommandMount } from "../isolation.ts";
import { type PreparedMountPoints, prepareMountPoints } from "../mount-points.ts";

/**
 * Calls `use` while each of `mounts` that lies in an earlier one has a mount point in there. The
 * kernel asks for them; without them, proot shows what nobody can list.
 *
 * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE, and what `use` throws.
 */
export async function withInnerMountPoints<T>(
  mounts: readonly BindCommandMount[],
  use: () => Promise<T>,
): Promise<T> {
  const prepared: PreparedMountPoints[] = [];
  try {
    for (const [at, { source, target }] of mounts.entries()) {
      const around = mounts.slice(0, at).findLast((outer) => target.startsWith(`${outer.target}/`));
      if (around === undefined) continue;
      const kind = statSync(source).isDirectory() ? "directory" : "file";
      const inner = target.slice(around.target.length);
      prepared.push(prepareMountPoints(around.source, [{ target: inner, kind }]));
    }
    return await use();
  } finally {
    for (const points of prepared.toReversed()) points.remove();
  }
}
