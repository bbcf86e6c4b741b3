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
  const buffers = new FrameBuffers(frameBytes);
  return mapInOrder(buffers.fill(blocks), frames, async (frame) => {
    const compressed = await compress(frame, {
      pledgedSrcSize: frame.length,
      chunkSize: frame.length + 64 * 1024,
      params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
    });
    buffers.giveBack(frame);
    return compressed;
  });
}

/** Four times as far as the level looks back: what the start of a frame cannot see costs little then. */
function frameBytesOf(level: number): number {
  if (level < 2) return 2 * megabyte;
  return (level < 9 ? 8 : 32) * megabyte;
}

/** The input of frames, in memory that is used again: new memory costs as much time as fast levels do. */
class FrameBuffers {
  readonly #frameBytes: number;
  readonly #free: Buffer[] = [];

  constructor(frameBytes: number) {
    this.#frameBytes = frameBytes;
  }

  giveBack(frame: Buffer): void {
    this.#free.push(Buffer.from(frame.buffer));
  }

  /**
   * `blocks` in pieces of the frames' length.
   *
   * @yields at least one piece, since a file without a frame is none; each is to be given back.
   */
  async *fill(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let frame = this.#take();
    let used = 0;
    let isFirst = true;
    for await (const block of blocks) {
      for (let at = 0; at < block.length; ) {
        if (used === frame.length) {
          yield frame;
          isFirst = false;
          frame = this.#take();
          used = 0;
        }
        const copied = block.copy(frame, used, at);
        at += copied;
        used += copied;
      }
    }
    if (used > 0 || isFirst) yield frame.subarray(0, used);
  }

  #take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#frameBytes);
  }
}
