import { dirname } from "node:path";
import { isBuilderError } from "../errors/builder-error.ts";
import { FilesystemError } from "../errors/filesystem-error.ts";
import { type DiskSpace, diskSpace } from "../support/disk-space.ts";
import { formatBytes } from "../support/format-bytes.ts";

/**
 * Makes an error of a full disk say which directory is meant, and how much is free there: that of the
 * error where it knows one, else the place of the work directory. Other errors pass unchanged.
 */
export function withDiskSpace(error: unknown, workDirectory: string): unknown {
  if (!(error instanceof FilesystemError) || !isBuilderError(error, "FILESYSTEM_NO_SPACE")) {
    return error;
  }
  const { message, location, cause, path } = error;
  const isElsewhere = path !== undefined && !path.startsWith(`${workDirectory}/`);
  const place = isElsewhere ? dirname(path) : dirname(workDirectory);
  const space = spaceOf(place);
  if (space === undefined) return error;
  const { freeBytes, totalBytes } = space;
  return new FilesystemError(
    "FILESYSTEM_NO_SPACE",
    `${message} in ${place}, where ${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} are free`,
    { cause, ...(location === undefined ? {} : { location }) },
  );
}

function spaceOf(directory: string): DiskSpace | undefined {
  try {
    return diskSpace(directory);
  } catch {
    // It may be gone by now; the error itself says more.
    return undefined;
  }
}
