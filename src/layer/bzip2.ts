import { malformed } from "../errors/image-error.ts";
import { BitWindow } from "./bit-window.ts";
import { damagedBzip2, readSymbols } from "./bzip2-symbols.ts";

/**
 * bzip2 data: streams, each a header, blocks, and a trailer with a checksum over those of the blocks.
 * A block holds up to 900,000 bytes that were run-length encoded, sorted (Burrows-Wheeler), moved
 * to front and written with Huffman codes; nothing of one block is needed for another.
 */

/** More than a block can take when it is compressed, in bytes. */
const largestBlock = 3 * 2 ** 20;
const outputBytes = 64 * 1024;
const streamMagic = 0x425a68;
const blockMagic = [0x314159, 0x265359] as const;
const endMagic = [0x177245, 0x385090] as const;

/** CRC-32 with the most significant bit first, by the byte that is shifted out. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});

/**
 * Decompresses all streams in `source`.
 *
 * @yields uncompressed chunks.
 * @throws IMAGE_MALFORMED when the data is damaged or cut off. Errors of the source pass unchanged.
 */
export async function* decompressBzip2(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const window = new BitWindow(source);
  try {
    for (let level = await readHeader(window); level > 0; level = await readHeader(window)) {
      yield* readStream(window, level * 100_000);
    }
  } finally {
    await window.close();
  }
}

/** The level of the stream that begins here, 1 to 9; 0 at the end of the source. */
async function readHeader(window: BitWindow): Promise<number> {
  if ((await window.load(4)) === 0) return 0;
  const isStream = window.read(24) === streamMagic;
  const level = window.read(8) - 0x30;
  if (!isStream || level < 1 || level > 9) throw damagedBzip2();
  return level;
}

async function* readStream(window: BitWindow, limit: number): AsyncGenerator<Uint8Array> {
  const room = new Uint32Array(limit);
  for (let checksum = 0; ; ) {
    await window.load(largestBlock);
    const magic = [window.read(24), window.read(24)];
    const expected = (window.read(16) << 16) | window.read(16);
    if (magic[0] === endMagic[0] && magic[1] === endMagic[1]) {
      if (checksum !== expected) throw damagedBzip2();
      window.align();
      return;
    }
    if (magic[0] !== blockMagic[0] || magic[1] !== blockMagic[1]) throw damagedBzip2();
    yield* readBlock(window, room, expected);
    checksum = ((checksum << 1) | (checksum >>> 31)) ^ expected;
  }
}

function* readBlock(window: BitWindow, room: Uint32Array, expected: number): Generator<Uint8Array> {
  const isRandomised = window.read(1) === 1;
  if (isRandomised) throw malformed("bzip2 data of versions before 0.9.5 is not supported");
  const start = window.read(24);
  const symbols = readSymbols(window, room);
  if (start >= symbols.length) throw damagedBzip2();
  linkSorted(symbols);
  let crc = -1;
  for (const chunk of expandRuns(symbols, start)) {
    for (const byte of chunk) crc = (crc << 8) ^ (crcTable[(crc >>> 24) ^ byte] ?? 0);
    yield chunk;
  }
  if (~crc !== expected) throw damagedBzip2();
}

/** Puts into the upper 24 bits of each byte of a sorted block where the one after it stands. */
function linkSorted(symbols: Uint32Array): void {
  const next = new Uint32Array(256);
  for (const byte of symbols) next[byte] = (next[byte] ?? 0) + 1;
  let sum = 0;
  for (const [byte, count] of next.entries()) {
    next[byte] = sum;
    sum += count;
  }
  for (let index = 0; index < symbols.length; index += 1) {
    const byte = (symbols[index] ?? 0) & 0xff;
    const at = next[byte] ?? 0;
    symbols[at] = ((symbols[at] ?? 0) & 0xff) | (index << 8);
    next[byte] = at + 1;
  }
}

/**
 * Follows the links from `start`; a byte after four equal ones says how often they are repeated.
 *
 * @yields the bytes of the block.
 */
function* expandRuns(symbols: Uint32Array, start: number): Generator<Uint8Array> {
  let output = new Uint8Array(outputBytes);
  let used = 0;
  let last = -1;
  let equal = 0;
  let at = (symbols[start] ?? 0) >>> 8;
  for (let left = symbols.length; left > 0; left -= 1) {
    const symbol = symbols[at] ?? 0;
    at = symbol >>> 8;
    let byte = symbol & 0xff;
    let times = 1;
    if (equal === 4) {
      times = byte;
      byte = last;
      last = -1;
      equal = 0;
    } else {
      equal = byte === last ? equal + 1 : 1;
      last = byte;
    }
    for (; times > 0; times -= 1) {
      if (used === output.length) {
        yield output;
        output = new Uint8Array(outputBytes);
        used = 0;
      }
      output[used] = byte;
      used += 1;
    }
  }
  yield output.subarray(0, used);
}
