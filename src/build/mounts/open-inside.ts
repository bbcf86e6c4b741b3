import { closeSync, constants, openSync, readlinkSync, realpathSync } from "node:fs";
import { posix } from "node:path";
import { ContextError } from "../../errors/context-error.ts";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { resolveInRoot } from "../../isolation/rooted-path.ts";

/** Opens without reading, so that a fifo does not block; not among those of `node:fs`. */
const openPath = 0o10000000;

/** A file or directory that is held open; its path leads nowhere after disposal. */
export interface OpenInside extends Disposable {
  /** Leads to what was opened, whatever its names lead to meanwhile. */
  readonly path: string;
}

/**
 * Opens `path` in `directory`, which commands may be changing at this moment: what is opened lies in
 * `directory`, whatever links they put on the way.
 *
 * @throws CONTEXT_SOURCE_NOT_FOUND
 */
export function openInside(directory: string, path: string): OpenInside {
  const root = realpathSync(directory);
  const resolved = posix.join(root, resolveInRoot(root, path));
  const descriptor = openOrUndefined(resolved);
  if (descriptor === undefined) throw notFound(path);
  const close = (): void => closeSync(descriptor);
  if (readlinkSync(`/proc/self/fd/${descriptor}`) !== resolved) {
    close();
    throw notFound(path);
  }
  return { path: `/proc/${process.pid}/fd/${descriptor}`, [Symbol.dispose]: close };
}

function openOrUndefined(path: string): number | undefined {
  try {
    return openSync(path, openPath | constants.O_NOFOLLOW);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
}

function notFound(path: string): ContextError {
  return new ContextError("CONTEXT_SOURCE_NOT_FOUND", `"${path}": not found in the cache`, {
    hint: "An earlier RUN has to make it, or from=STAGE has to bring it",
  });
}
