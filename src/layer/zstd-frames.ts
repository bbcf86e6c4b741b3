import { type ImageError, malformed } from "../errors/image-error.ts";
import { ByteReader } from "./byte-reader.ts";

const frameMagic = 0xfd2fb528;
/** The low four bits of the magic of a skippable frame are free. */
const skippableMagic = 0x184d2a50;
/** Bytes at which a piece of a frame is handed on. */
const pieceBytes = 128 * 1024;

/**
 * The data frames of zstd data, cut so that no chunk goes across the border of two frames, and
 * without the skippable ones (RFC 8878, section 3). Node's decompressor ends at the first frame
 * whose end lies inside a chunk, while layers may be made of thousands of frames.
 *
 * @yields pieces of frames, in order.
 * @throws IMAGE_MALFORMED
 */
export async function* zstdFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = new ByteReader(source);
  try {
    for (;;) {
      const magic = await bytes.take(4);
      if (magic.length === 0) return;
      const value = readInteger(magic, 4);
      if (value === frameMagic) yield* joined(frameParts(bytes, magic));
      else if ((value & 0xfffffff0) === skippableMagic) await skipFrame(bytes);
      else throw damaged();
    }
  } finally {
    await bytes.close();
  }
}

async function* frameParts(bytes: ByteReader, magic: Uint8Array): AsyncGenerator<Uint8Array> {
  const descriptor = await take(bytes, 1);
  const flags = descriptor[0] ?? 0;
  yield magic;
  yield descriptor;
  yield await take(bytes, headerLength(flags));
  for (let isLast = false; !isLast; ) {
    const header = await take(bytes, 3);
    const block = readInteger(header, 3);
    const isRepeatedByte = ((block >> 1) & 3) === 1;
    yield header;
    yield await take(bytes, isRepeatedByte ? 1 : block >> 3);
    isLast = (block & 1) === 1;
  }
  const hasChecksum = (flags & 0x04) !== 0;
  if (hasChecksum) yield await take(bytes, 4);
}

// Each write to the decompressor is a task of the thread pool: a small frame is to be one write.
async function* joined(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const part of parts) {
    held.push(part);
    length += part.length;
    if (length < pieceBytes) continue;
    yield Buffer.concat(held);
    held = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(held);
}

/** Length of window descriptor, dictionary id and content size together. */
function headerLength(flags: number): number {
  const isSingleSegment = (flags & 0x20) !== 0;
  const dictionaryId = [0, 1, 2, 4][flags & 0x03] ?? 0;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  return (isSingleSegment ? 0 : 1) + dictionaryId + contentSize;
}

async function skipFrame(bytes: ByteReader): Promise<void> {
  const length = readInteger(await take(bytes, 4), 4);
  if (!(await bytes.skip(length))) throw damaged();
}

async function take(bytes: ByteReader, count: number): Promise<Uint8Array> {
  const taken = await bytes.take(count);
  if (taken.length < count) throw damaged();
  return taken;
}

/** Least significant byte first. */
function readInteger(bytes: Uint8Array, length: number): number {
  return Buffer.from(bytes).readUIntLE(0, Math.min(length, bytes.length));
}

function damaged(): ImageError {
  return malformed("zstd data is damaged or cut off");
}
