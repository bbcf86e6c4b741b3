import { filesystemError } from "../errors/filesystem-error.ts";

/**
 * Does something to a stage's root; `doing` completes "cannot ...".
 *
 * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED in place of what `action` throws.
 */
export function onDisk<T>(doing: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw filesystemError(doing, error);
  }
}
