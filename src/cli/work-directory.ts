import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { filesystemError } from "../errors/filesystem-error.ts";

/**
 * A new directory of this build's own in `given` or else in the system's temporary directory; these
 * themselves are never removed.
 *
 * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
 */
export function makeWorkDirectory(given: string | undefined): string {
  const parent = resolve(given ?? tmpdir());
  const directory = join(parent, `slipway-${randomUUID()}`);
  try {
    mkdirSync(parent, { recursive: true });
    mkdirSync(directory, { mode: 0o755 });
  } catch (error) {
    throw filesystemError(`make a work directory in ${parent}`, error);
  }
  return directory;
}
