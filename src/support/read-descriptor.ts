import { read } from "node:fs";
import { promisify } from "node:util";

const readAt = promisify(read);

/** Bytes that are read at a time. */
const chunkBytes = 256 * 1024;

export interface ReadRange {
  /** In bytes; from the beginning where absent. */
  readonly start?: number;
  /** Where to stop, in bytes; at the end of the file where absent. */
  readonly end?: number;
}

/**
 * Reads a file by its descriptor, as often and by as many at a time as wanted: the descriptor stays open, also
 * where reading ends early. A stream of `fs` closes it then, even if it is told not to.
 *
 * @yields its bytes; fewer than asked for where the file ends before.
 */
export async function* readDescriptor(
  descriptor: number,
  { start = 0, end = Infinity }: ReadRange = {},
): AsyncGenerator<Buffer> {
  for (let position = start; position < end; ) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, end - position));
    const { bytesRead } = await readAt(descriptor, chunk, 0, chunk.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}
