/** Locks of files, which Node lacks; see posix.ts. */
import { errnoOf } from "../errors/filesystem-error.ts";
import { check, type SystemCall, systemCall } from "./posix.ts";

let loaded: SystemCall | undefined;

/** What others may have at the same time: a lock of the same kind, or none. */
export type LockKind = "shared" | "exclusive";

const operations = { shared: 1, exclusive: 2 } as const satisfies Record<LockKind, number>;
const doNotWait = 4;

/**
 * Locks an open file (flock(2)), or changes the kind of lock that it has, and says whether that went without
 * waiting. The lock goes when the file is closed, and so at the latest with this process. `path` is for errors.
 *
 * @throws as `node:fs` does, where the file system has no locks.
 */
export function tryLock(
  { fd, path }: { readonly fd: number; readonly path: string },
  kind: LockKind,
): boolean {
  loaded ??= systemCall("int flock(int fd, int operation)");
  try {
    check(loaded(fd, operations[kind] | doNotWait), "flock", path);
    return true;
  } catch (error) {
    if (["EAGAIN", "EWOULDBLOCK"].includes(errnoOf(error) ?? "")) return false;
    throw error;
  }
}
