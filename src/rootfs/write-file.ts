import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  linkSync,
  openSync,
  writeSync,
} from "node:fs";
import { fsPath } from "../filetree/name.ts";
import type { Metadata } from "../filetree/node.ts";
import type { FileBody } from "../layer/file-body.ts";
import { writeXattrs } from "./disk-metadata.ts";
import { onDisk } from "./on-disk.ts";
import { setTimes } from "./posix.ts";

/** A file that is to be made. */
export interface NewFile {
  /** Its first name, and others that are linked to it. None of them exists yet. */
  readonly paths: readonly string[];
  /** Owners as on disk. */
  readonly metadata: Metadata;
}

/** What is being done while files are made. */
export const writingRoot = "write the stage's root";

/**
 * Makes a file of bytes that are at hand: most files are small, and for them no turn of the event loop is spent.
 *
 * @throws the error of a system call.
 */
export function writeWholeFile(file: NewFile, bytes: Uint8Array): void {
  const descriptor = create(file);
  try {
    writeAll(descriptor, bytes);
    finish(descriptor, file);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Makes a file of any size.
 *
 * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, and what reading `body` throws.
 */
export async function writeFile(file: NewFile, body: FileBody): Promise<void> {
  const descriptor = onDisk(writingRoot, () => create(file));
  try {
    for await (const chunk of body) onDisk(writingRoot, () => writeAll(descriptor, chunk));
    onDisk(writingRoot, () => finish(descriptor, file));
  } finally {
    closeSync(descriptor);
  }
}

function create({ paths: [path = ""] }: NewFile): number {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  return openSync(fsPath(path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}

/** In the order that `writeMetadata` explains. By the descriptor, since looking up a path takes longer than the rest. */
function finish(descriptor: number, { paths, metadata }: NewFile): void {
  const [path = "", ...others] = paths;
  const { seconds, nanoseconds } = metadata.mtime;
  fchownSync(descriptor, metadata.uid, metadata.gid);
  writeXattrs(path, metadata);
  fchmodSync(descriptor, metadata.mode);
  if (nanoseconds === 0) futimesSync(descriptor, seconds, seconds);
  else setTimes(path, metadata.mtime);
  for (const other of others) linkSync(fsPath(path), fsPath(other));
}
