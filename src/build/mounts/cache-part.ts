import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ContextError } from "../../errors/context-error.ts";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { resolveInRoot } from "../../isolation/rooted-path.ts";
import { onDisk } from "../../rootfs/on-disk.ts";
import { bindMount, unmount } from "../../rootfs/posix.ts";

/** Opens without reading, so that a fifo does not block; not among those of `node:fs`. */
const openPath = 0o10000000;

/** Which part of which directory. */
export interface CachePart {
  /** Absolute path of the cache. */
  readonly directory: string;
  /** A path in there; links are followed inside only. */
  readonly part: string;
}

/** A part of a cache, shown at a path of its own until disposal. */
export interface ShownPart extends Disposable {
  readonly path: string;
}

/**
 * Shows a part of a cache in `workDirectory`. Commands may be changing the cache at this moment: what
 * is shown lies in the cache, whatever links they put on the way, and whatever takes its name later.
 *
 * @throws CONTEXT_SOURCE_NOT_FOUND, FILESYSTEM_FAILED
 */
export function showCachePart({ directory, part }: CachePart, workDirectory: string): ShownPart {
  const root = realpathSync(directory);
  const descriptor = openInside(root, part);
  if (descriptor === undefined) throw notFound(part);
  try {
    return onDisk("show a part of a cache", () => bind(descriptor, workDirectory));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The path of a part of a cache, for where nothing can be mounted. Commands that share the cache may
 * put something else in its place.
 *
 * @throws CONTEXT_SOURCE_NOT_FOUND, FILESYSTEM_FAILED
 */
export function findCachePart({ directory, part }: CachePart): string {
  const root = realpathSync(directory);
  const descriptor = openInside(root, part);
  if (descriptor === undefined) throw notFound(part);
  try {
    return readlinkSync(linkTo(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/** A descriptor of what `part` leads to, unless that is not there or has moved out meanwhile. */
function openInside(root: string, part: string): number | undefined {
  const path = join(root, resolveInRoot(root, part));
  const descriptor = openOrUndefined(path);
  if (descriptor === undefined || readlinkSync(linkTo(descriptor)) === path) return descriptor;
  closeSync(descriptor);
  return undefined;
}

function openOrUndefined(path: string): number | undefined {
  try {
    return openSync(path, openPath | constants.O_NOFOLLOW);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
}

function bind(descriptor: number, workDirectory: string): ShownPart {
  const place = mkdtempSync(join(workDirectory, "part-"));
  const path = join(place, "part");
  const remove = (): void => rmSync(place, { recursive: true });
  try {
    if (fstatSync(descriptor).isDirectory()) mkdirSync(path);
    else writeFileSync(path, "");
    bindMount(linkTo(descriptor), path);
  } catch (error) {
    remove();
    throw error;
  }
  const hide = (): void => {
    unmount(path);
    remove();
  };
  return { path, [Symbol.dispose]: hide };
}

function linkTo(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

function notFound(part: string): ContextError {
  return new ContextError("CONTEXT_SOURCE_NOT_FOUND", `"${part}": not found in the cache`, {
    hint: "An earlier RUN has to make it, or from=STAGE has to bring it",
  });
}
