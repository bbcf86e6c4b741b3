import { constants } from "node:zlib";

/** What zlib is to do with a block. */
export interface DeflateEffort {
  readonly level: number;
  readonly strategy: number;
}

/** One window of each part is looked at. deflate looks back no farther than a window is long. */
const partBytes = 128 * 1024;
const windowBytes = 32 * 1024;

/** Shares of positions that repeat what is before them; below it, searching for more gains less than a hundredth. */
const fewRepeats = 0.01;
/** Information in each byte where it is read as a letter. From here on, Huffman codes gain about a hundredth at most. */
const noRedundancyBits = 7.9;

/** Knuth's multiplicative hash; so many bits of it are the place in the table. */
const hashFactor = 2_654_435_761;
const tableBits = 15;

/**
 * How much work a block is worth: where next to nothing in it is repeated, as in what is compressed or encrypted
 * already, nothing is searched for, which takes a quarter of the time, and where its bytes are evenly distributed too, it is
 * stored. Decided by samples of the block alone, so that equal blocks are compressed equally everywhere.
 */
export function deflateEffort(block: Buffer, level: number): DeflateEffort {
  const searching = { level, strategy: constants.Z_DEFAULT_STRATEGY };
  if (block.length < partBytes) return searching;
  const samples = samplesOf(block);
  if (shareOfRepeats(samples) >= fewRepeats) return searching;
  if (bitsPerByte(samples) >= noRedundancyBits) return { ...searching, level: 0 };
  return { ...searching, strategy: constants.Z_HUFFMAN_ONLY };
}

function samplesOf(block: Buffer): readonly Buffer[] {
  const parts = Math.floor(block.length / partBytes);
  return Array.from({ length: parts }, (_, part) => {
    const start = part * partBytes + (partBytes - windowBytes) / 2;
    return block.subarray(start, start + windowBytes);
  });
}

/** The share of positions whose next four bytes have been seen before in the same sample. */
function shareOfRepeats(samples: readonly Buffer[]): number {
  let repeats = 0;
  const places = new Int32Array(2 ** tableBits);
  for (const sample of samples) {
    places.fill(-1);
    let word = sample.readUInt32BE(0);
    for (let at = 4; at < sample.length; at += 1) {
      const place = Math.imul(word, hashFactor) >>> (32 - tableBits);
      if (places[place] === word) repeats += 1;
      places[place] = word;
      word = (word << 8) | (sample[at] ?? 0);
    }
  }
  return repeats / (samples.length * windowBytes);
}

/** Shannon's entropy of the bytes, without regard to their order. */
function bitsPerByte(samples: readonly Buffer[]): number {
  const counts = new Uint32Array(256);
  for (const sample of samples) for (const byte of sample) counts[byte] = (counts[byte] ?? 0) + 1;
  const total = samples.length * windowBytes;
  return counts.reduce(
    (bits, count) => (count === 0 ? bits : bits - (count / total) * Math.log2(count / total)),
    0,
  );
}
