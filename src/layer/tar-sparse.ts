import { type ImageError, malformed } from "../errors/image-error.ts";
import { decodeName } from "../filetree/name.ts";
import type { FileBody } from "./file-body.ts";
import { type PaxRecords, parsePaxNumber } from "./pax.ts";
import { blockSize } from "./tar-block.ts";
import { readNumber } from "./tar-number.ts";

/** A part of a sparse file that has data; what is between parts is zero. */
export interface DataPart {
  /** Position in the file. */
  readonly offset: number;
  readonly length: number;
}

/** How the data of a sparse member makes up the file (GNU tar manual, "Storing Sparse Files"). */
export interface SparseMap {
  readonly parts: readonly DataPart[];
  /** Length of the file in bytes. */
  readonly size: number;
}

/** Takes bytes of the archive in whole blocks. @throws IMAGE_MALFORMED when it ends before. */
export type TakeBlocks = (bytes: number) => Promise<Uint8Array>;

const zeros = new Uint8Array(64 * 1024);
const mostParts = 100_000;
const newline = 0x0a;

/** Reads the map of the old GNU format, which is in the header block and in blocks after it. */
export async function readOldSparseMap(block: Uint8Array, take: TakeBlocks): Promise<SparseMap> {
  const parts = partsIn(block, { at: 386, count: 4 });
  let isContinued = block[482] === 1;
  while (isContinued) {
    const next = await take(blockSize);
    parts.push(...partsIn(next, { at: 0, count: 21 }));
    isContinued = next[504] === 1;
    if (parts.length > mostParts) throw damaged();
  }
  return checked({ parts, size: readNumber(block, { at: 483, length: 12 }) });
}

/** Tells whether pax records make their member a sparse file. */
export function isPaxSparse(pax: PaxRecords): boolean {
  return pax.has("GNU.sparse.major") || pax.has("GNU.sparse.size");
}

/**
 * Reads the map of the pax formats 0.1, which is in the records, and 1.0, which is at the start of
 * the data.
 *
 * @throws IMAGE_MALFORMED when it is damaged, or of another format.
 */
export async function readPaxSparseMap(pax: PaxRecords, take: TakeBlocks): Promise<SparseMap> {
  const map = pax.get("GNU.sparse.map");
  if (map !== undefined) {
    const numbers = decodeName(map).split(",").filter(Boolean).map(parseText);
    return checked({ parts: pair(numbers), size: numberIn(pax, "GNU.sparse.size") });
  }
  if (textIn(pax, "GNU.sparse.major") !== "1" || textIn(pax, "GNU.sparse.minor") !== "0") {
    throw malformed("a sparse file is in a format that is not supported");
  }
  return checked({
    parts: pair(await readDecimalLines(take)),
    size: numberIn(pax, "GNU.sparse.realsize"),
  });
}

/** The records with the file's own name in place of the one that stands in for it. */
export function withSparseName(pax: PaxRecords): PaxRecords {
  const name = pax.get("GNU.sparse.name");
  return name === undefined ? pax : new Map(pax).set("path", name);
}

/** Number of data bytes that a map tells of. */
export function dataLength({ parts }: SparseMap): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** The file that the data of a member and its map make up; `data` gives the next so many bytes. */
export function expandSparse(
  map: SparseMap,
  data: (bytes: number) => AsyncIterable<Uint8Array>,
): FileBody {
  return {
    size: map.size,
    whole: undefined,
    async *[Symbol.asyncIterator]() {
      let at = 0;
      for (const { offset, length } of map.parts) {
        yield* hole(offset - at);
        yield* data(length);
        at = offset + length;
      }
      yield* hole(map.size - at);
    },
  };
}

function* hole(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= zeros.length) yield zeros.subarray(0, left);
}

function partsIn(block: Uint8Array, { at, count }: { at: number; count: number }): DataPart[] {
  const parts: DataPart[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = at + index * 24;
    if (block[start] === 0) break;
    const offset = readNumber(block, { at: start, length: 12 });
    parts.push({ offset, length: readNumber(block, { at: start + 12, length: 12 }) });
  }
  return parts;
}

/** Format 1.0: the number of parts, then offset and length of each, one number a line. */
async function readDecimalLines(take: TakeBlocks): Promise<number[]> {
  const numbers: number[] = [];
  let line: number[] = [];
  let expected = 1;
  while (numbers.length < expected) {
    for (const byte of await take(blockSize)) {
      if (byte !== newline) {
        line.push(byte);
        continue;
      }
      if (numbers.length === expected) break;
      numbers.push(parsePaxNumber(Uint8Array.from(line)));
      line = [];
      if (numbers.length === 1) expected += 2 * Math.min(numbers[0] ?? 0, mostParts + 1);
    }
    if (line.length > 20 && numbers.length < expected) throw damaged();
  }
  return numbers.slice(1);
}

function pair(numbers: readonly number[]): DataPart[] {
  const parts: DataPart[] = [];
  for (let index = 0; index < numbers.length; index += 2) {
    parts.push({ offset: numbers[index] ?? 0, length: numbers[index + 1] ?? 0 });
  }
  return parts;
}

/** A map whose parts are in order, apart, and inside the file. */
function checked(map: SparseMap): SparseMap {
  let end = 0;
  for (const { offset, length } of map.parts) {
    if (offset < end || length < 0 || offset + length > map.size) throw damaged();
    end = offset + length;
  }
  if (map.parts.length > mostParts || map.size < 0) throw damaged();
  return map;
}

function numberIn(pax: PaxRecords, keyword: string): number {
  return parsePaxNumber(pax.get(keyword) ?? new Uint8Array(0));
}

function textIn(pax: PaxRecords, keyword: string): string {
  return decodeName(pax.get(keyword) ?? new Uint8Array(0));
}

function parseText(text: string): number {
  return parsePaxNumber(Buffer.from(text));
}

function damaged(): ImageError {
  return malformed("the map of a sparse file is damaged");
}
