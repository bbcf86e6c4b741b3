import { readdir } from "node:fs/promises";
import path from "node:path";

/** Where the container runtime makes files and directories to mount on, and what comes to lie above them. */
const mountPoints = ["dev", "proc", "sys", "etc/hosts", "etc/resolv.conf", "var/run/secrets"];

/** Directories that slipway may write to. They come to the upper layer empty when it has. */
const writable = ["slipway/home", "slipway/run", "slipway/tmp"];

/**
 * What a build left in the root of its container: all that is in the overlay's upper directory and
 * was not put there for mounts. `mounts` are more paths that something is mounted on.
 */
export async function leftInRoot(
  upper: string,
  mounts: readonly string[],
): Promise<readonly string[]> {
  const expected = [...mountPoints, ...writable, ...mounts.map((mount) => mount.slice(1))];
  const names = await readdir(upper, { recursive: true });
  const isExpected = (name: string): boolean =>
    expected.some((place) => `${place}/`.startsWith(`${name}/`)) ||
    [...mountPoints, ...mounts].some((place) => name.startsWith(`${place}/`));
  return names.filter((name) => !isExpected(name)).map((name) => path.join("/", name));
}
