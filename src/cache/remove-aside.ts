import { randomUUID } from "node:crypto";
import { readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errnoOf, filesystemError } from "../errors/filesystem-error.ts";

/**
 * Removes a directory in one step for all who look, by another name that `LayoutImages` gives to what is to go.
 *
 * @throws FILESYSTEM_FAILED; that it is gone already is no error.
 */
export async function removeAside(directory: string): Promise<void> {
  const former = join(dirname(directory), `.${randomUUID()}.former`);
  try {
    await rename(directory, former);
    await rm(former, { recursive: true, force: true });
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw filesystemError("remove an entry of the cache", error);
  }
}

/**
 * The names in a directory, sorted; none where it does not exist.
 *
 * @throws FILESYSTEM_FAILED
 */
export async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw filesystemError("look through the cache", error);
  }
}
