import { chmodSync, readdirSync, rmSync } from "node:fs";
import { errnoOf, filesystemError } from "../errors/filesystem-error.ts";
import { decodeName, fsPath } from "../filetree/name.ts";

/**
 * Removes a file or directory of the work directory with all below it, also what lacks permission bits.
 * That it is gone already is fine. Links are removed, not followed.
 *
 * @throws FILESYSTEM_FAILED
 */
export function removeDirectory(directory: string): void {
  try {
    try {
      remove(directory);
    } catch (error) {
      if (errnoOf(error) !== "EACCES" && errnoOf(error) !== "EPERM") throw error;
      permitAll(directory);
      remove(directory);
    }
  } catch (error) {
    throw filesystemError(`remove ${directory}`, error);
  }
}

function remove(directory: string): void {
  rmSync(fsPath(directory), { recursive: true, force: true });
}

/** Who is not root needs the owner's bits of each directory in order to empty it. */
function permitAll(directory: string): void {
  chmodSync(fsPath(directory), 0o700);
  for (const entry of readdirSync(fsPath(directory), { encoding: "buffer", withFileTypes: true })) {
    if (entry.isDirectory()) permitAll(`${directory}/${decodeName(entry.name)}`);
  }
}
