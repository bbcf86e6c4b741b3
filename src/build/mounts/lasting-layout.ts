import { join } from "node:path";
import { FileLock } from "../../rootfs/file-lock.ts";

/** The lock of whoever looks for a directory of a cache. */
export function guardOf(pool: string): FileLock {
  return new FileLock(join(pool, "lock"));
}

/** The file beside a directory that whoever has it locks; its time is that of the last use. */
export function lockFileOf(directory: string): string {
  return `${directory}.lock`;
}

/** What a directory is called that is half made, or half gone: nobody takes it, and the next one to be made removes it. */
export function partialOf(directory: string): string {
  return `${directory}.partial`;
}

/** The file that says how people call a cache. */
export function titleFileOf(pool: string): string {
  return join(pool, "title");
}
