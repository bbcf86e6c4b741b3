import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import { mapInOrder } from "../support/map-in-order.ts";

const compress = promisify<Buffer, object, Buffer>(zstdCompress);

const defaultLevel = 3;

const megabyte = 1024 * 1024;

/** Input that is in memory at a time, in frames that are being compressed. */
const bytesInFlight = 128 * megabyte;

/**
 * Compresses `blocks` to zstd frames (RFC 8878, section 3.1) of a fixed length of input, each on its own
 * in the thread pool; so the result depends on level and content only, whatever the number of cores.
 * Several frames after each other are what one is to every decompressor.
 *
 * @yields frames.
 */
export function compressToFrames(
  blocks: AsyncIterable<Buffer>,
  level: number = defaultLevel,
): AsyncGenerator<Buffer> {
  const frameBytes = frameBytesOf(level);
  // One frame more than there are cores waits, so that none of them is idle.
  const frames = Math.min(availableParallelism() + 1, bytesInFlight / frameBytes);
  return mapInOrder(joined(blocks, frameBytes), frames, (frame) =>
    compress(frame, {
      pledgedSrcSize: frame.length,
      chunkSize: frame.length + 64 * 1024,
      params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
    }),
  );
}

/** Four times as far as the level looks back: what the start of a frame cannot see costs little then. */
function frameBytesOf(level: number): number {
  return (level < 9 ? 8 : 32) * megabyte;
}

/**
 * `blocks` in pieces of about `length`.
 *
 * @yields at least one piece, since a file without a frame is none.
 */
async function* joined(blocks: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  let isFirst = true;
  for await (const block of blocks) {
    if (bytes > 0 && bytes + block.length > length) {
      yield Buffer.concat(held);
      isFirst = false;
      held = [];
      bytes = 0;
    }
    held.push(block);
    bytes += block.length;
  }
  if (bytes > 0 || isFirst) yield Buffer.concat(held);
}
