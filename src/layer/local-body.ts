import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { ContextError } from "../errors/context-error.ts";
import { fsPath } from "../filetree/name.ts";
import { bodyOf, type FileBody, smallFile } from "./file-body.ts";
import { isForbidden, lendPermissions, withLentPermissions } from "./lent-permissions.ts";

/** A regular file of this machine. */
export interface LocalFile {
  /** Absolute path, as in a tree's node. */
  readonly path: string;
  /** Bytes to read: what the file had when the tree was made. */
  readonly size: number;
  /** Whether a command has made it, whose files may lack the permission bits to read them. */
  readonly passing?: boolean | undefined;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
/** Neither a link nor a fifo that has taken the file's place can lead or keep us elsewhere. */
const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
const chunkBytes = 256 * 1024;

/**
 * Opens a local file for reading. Exactly `size` bytes are read, also when the file has grown.
 *
 * @throws CONTEXT_UNREADABLE when it cannot be read, is no regular file, or has become shorter.
 */
export function openLocal(file: LocalFile): FileBody {
  // Through the thread pool a small file takes ten times as long as it takes here.
  if (file.size <= smallFile) return bodyOf(readSmall(file));
  return { size: file.size, whole: undefined, [Symbol.asyncIterator]: () => readLarge(file) };
}

function readSmall(file: LocalFile): Buffer {
  const bytes = Buffer.allocUnsafe(file.size);
  try {
    const descriptor = openNow(file);
    try {
      if (!fstatSync(descriptor).isFile()) throw notRegular(file);
      let at = 0;
      while (at < file.size) {
        const count = readSync(descriptor, bytes, at, file.size - at, at);
        if (count === 0) throw shorter(file);
        at += count;
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  return bytes;
}

function openNow({ path, passing }: LocalFile): number {
  const opened = (): number => openSync(fsPath(path), flags);
  return passing === true ? withLentPermissions(path, opened) : opened();
}

async function* readLarge(file: LocalFile): AsyncGenerator<Uint8Array> {
  await using handle = await openLarge(file);
  for (let at = 0; at < file.size; ) {
    const bytes = Buffer.allocUnsafeSlow(Math.min(chunkBytes, file.size - at));
    const count = await readAt(handle, { bytes, at, file });
    yield bytes.subarray(0, count);
    at += count;
  }
}

async function openLarge(file: LocalFile): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    handle = await openHandle(file);
    if (!(await handle.stat()).isFile()) throw notRegular(file);
    return handle;
  } catch (error) {
    await handle?.close();
    throw unreadable(file, error);
  }
}

async function openHandle({ path, passing }: LocalFile): Promise<FileHandle> {
  try {
    return await open(fsPath(path), flags);
  } catch (error) {
    if (passing !== true || !isForbidden(error)) throw error;
    using lent = new DisposableStack();
    lent.use(lendPermissions(path));
    return await open(fsPath(path), flags);
  }
}

interface Read {
  readonly bytes: Buffer;
  readonly at: number;
  readonly file: LocalFile;
}

async function readAt(handle: FileHandle, { bytes, at, file }: Read): Promise<number> {
  try {
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, at);
    if (bytesRead === 0) throw shorter(file);
    return bytesRead;
  } catch (error) {
    throw unreadable(file, error);
  }
}

function notRegular({ path }: LocalFile): ContextError {
  return new ContextError("CONTEXT_UNREADABLE", `${path} is no longer a regular file`);
}

function shorter({ path, size }: LocalFile): ContextError {
  return new ContextError(
    "CONTEXT_UNREADABLE",
    `${path} became shorter than its ${size} bytes while it was read`,
    { hint: "Keep the build context unchanged while the build runs" },
  );
}

function unreadable({ path }: LocalFile, cause: unknown): ContextError {
  if (cause instanceof ContextError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ContextError("CONTEXT_UNREADABLE", `cannot read ${path}: ${reason}`, { cause });
}
