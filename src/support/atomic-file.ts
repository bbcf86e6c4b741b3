import { randomUUID } from "node:crypto";
import { chmod, lstat, mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { isBuilderError } from "../errors/builder-error.ts";
import { errnoOf, filesystemError } from "../errors/filesystem-error.ts";

/**
 * Has `write` make a file under another name beside `path`, and moves it there when it is complete:
 * whoever looks sees all of it, or what was there before. Octal 644, or `mode`; directories are made where
 * missing. When `write` throws, nothing is left behind.
 *
 * What is no regular file (`/dev/stdout`, a pipe), and a file that something is mounted on or whose
 * directory may not be written to (`/dev/termination-log`), cannot be replaced: `write` then writes
 * to `path` itself.
 *
 * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE; a `BuilderError` of `write` is passed on.
 */
export async function writeAtomically(
  path: string,
  write: (path: string) => Promise<void>,
  mode = 0o644,
): Promise<void> {
  try {
    await replaceOrOverwrite(path, write, mode);
  } catch (error) {
    throw isBuilderError(error) ? error : filesystemError(`write ${path}`, error, path);
  }
}

async function replaceOrOverwrite(
  path: string,
  write: (path: string) => Promise<void>,
  mode: number,
): Promise<void> {
  if (await isIrregular(path)) return write(path);
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await write(partial);
    await chmod(partial, mode);
    await rename(partial, path);
  } catch (error) {
    await removeQuietly(partial);
    if (!irreplaceable.has(errnoOf(error) ?? "") || !(await exists(path))) throw error;
    await write(path);
  }
}

const irreplaceable = new Set(["EACCES", "EBUSY", "EPERM", "EROFS"]);

async function isIrregular(path: string): Promise<boolean> {
  return (await statOf(path))?.isFile() === false;
}

async function exists(path: string): Promise<boolean> {
  return (await statOf(path)) !== undefined;
}

async function statOf(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Removes a file where it exists; that it could not be made is said by another error. */
async function removeQuietly(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}
