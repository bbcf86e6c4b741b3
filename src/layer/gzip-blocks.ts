import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";
import { mapInOrder } from "../support/map-in-order.ts";
import { BlockPool } from "./block-pool.ts";
import { deflateEffort } from "./deflate-effort.ts";

const compress = promisify<Buffer, object, Buffer>(deflateRaw);

/** Deflate, no name, no time, no operating system (RFC 1952, section 2.3.1). */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** A block without content that is marked as the last one. */
const lastBlock = Buffer.from([0x03, 0x00]);
/** How far back deflate looks. */
const windowBytes = 32 * 1024;

/** What a block of text is compressed to fits into it. */
const outputBytes = 64 * 1024;

const defaultLevel = 6;

/** One block more than there are cores waits, so that none of them is idle. */
const blocksInFlight = availableParallelism() + 1;

/**
 * Compresses `blocks` to one gzip member. Each block is compressed on its own, in the thread pool,
 * with the end of the block before it as dictionary; so the result depends on level, content and
 * the borders of blocks only, whatever the number of cores, and a few blocks are in memory at once. They are given back
 * to `pool` when they have been compressed.
 *
 * @yields the member in pieces.
 */
export async function* gzipBlocks(
  blocks: AsyncIterable<Buffer>,
  level: number = defaultLevel,
  pool = new BlockPool(),
): AsyncGenerator<Buffer> {
  let dictionary: Buffer = Buffer.alloc(0);
  let checksum = 0;
  let length = 0;
  yield header;
  yield* mapInOrder(blocks, blocksInFlight, async (block) => {
    const before = dictionary;
    dictionary = Buffer.from(block.subarray(-windowBytes));
    checksum = crc32(block, checksum);
    length += block.length;
    const compressed = await compressBlock(block, before, level);
    pool.giveBack(block);
    return compressed;
  });
  yield lastBlock;
  yield trailer(checksum, length);
}

/** Ends at a byte border, so that the next block can follow. */
function compressBlock(block: Buffer, dictionary: Buffer, level: number): Promise<Buffer> {
  return compress(block, {
    ...deflateEffort(block, level),
    finishFlush: constants.Z_SYNC_FLUSH,
    chunkSize: outputBytes,
    ...(dictionary.length === 0 ? {} : { dictionary }),
  });
}

function trailer(checksum: number, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(checksum, 0);
  bytes.writeUInt32LE(length % 2 ** 32, 4);
  return bytes;
}
