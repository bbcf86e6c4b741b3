import { mkdirSync } from "node:fs";
import { CommandError } from "../../errors/command-error.ts";
import { mount, unmount } from "../../rootfs/posix.ts";

/**
 * Calls `use` while there is a new directory at `path` whose files are nowhere but in memory: a
 * ramfs, which unlike a tmpfs is never swapped. Only this mount namespace sees it.
 *
 * @throws ISOLATION_UNAVAILABLE when it cannot be mounted.
 */
export async function withMemoryDirectory<T>(path: string, use: () => Promise<T>): Promise<T> {
  mkdirSync(path);
  try {
    mount(path, { source: "none", type: "ramfs", data: "mode=700" });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `files cannot be kept in memory: ${reason}`;
    throw new CommandError("ISOLATION_UNAVAILABLE", message, { cause });
  }
  try {
    return await use();
  } finally {
    unmount(path);
  }
}
