import { type ImageError, malformed } from "../errors/image-error.ts";
import type { BitWindow } from "./bit-window.ts";

const symbolsPerGroup = 50;
const longestCode = 20;

/**
 * Reads the sorted bytes of a block into `room`: which bytes occur, which of up to six codes is used
 * for each group of symbols, the codes, and the symbols. Symbols 0 and 1 are the digits of a run's
 * length, the last one is the end, the others are places in the list of recently used bytes.
 *
 * @throws IMAGE_MALFORMED
 */
export function readSymbols(window: BitWindow, room: Uint32Array): Uint32Array {
  const recent = readUsedBytes(window);
  const codes = new CodeReader(window, recent.length + 2);
  const end = recent.length + 1;
  let length = 0;
  let run = 0;
  let digit = 1;
  for (;;) {
    const symbol = codes.next();
    if (symbol <= 1) {
      run += digit << symbol;
      digit *= 2;
      if (run > room.length) throw damagedBzip2();
      continue;
    }
    if (length + run > room.length) throw damagedBzip2();
    room.fill(recent[0] ?? 0, length, length + run);
    length += run;
    run = 0;
    digit = 1;
    if (symbol === end) return room.subarray(0, length);
    if (length === room.length) throw damagedBzip2();
    const byte = recent[symbol - 1] ?? 0;
    recent.copyWithin(1, 0, symbol - 1);
    recent[0] = byte;
    room[length] = byte;
    length += 1;
  }
}

/** The error for data that does not follow the format. */
export function damagedBzip2(): ImageError {
  return malformed("bzip2 data is damaged or cut off");
}

function readUsedBytes(window: BitWindow): Uint8Array {
  const used: number[] = [];
  const ranges = window.read(16);
  for (let range = 0; range < 16; range += 1) {
    if ((ranges & (0x8000 >> range)) === 0) continue;
    const bytes = window.read(16);
    for (let byte = 0; byte < 16; byte += 1) {
      if ((bytes & (0x8000 >> byte)) !== 0) used.push(range * 16 + byte);
    }
  }
  if (used.length === 0) throw damagedBzip2();
  return Uint8Array.from(used);
}

/** Reads symbols by the code of their group. */
class CodeReader {
  readonly #window: BitWindow;
  readonly #codes: readonly HuffmanCode[];
  readonly #selectors: Uint8Array;
  #group = -1;
  #left = 0;
  #code: HuffmanCode;

  constructor(window: BitWindow, symbolCount: number) {
    this.#window = window;
    const codeCount = window.read(3);
    if (codeCount < 2 || codeCount > 6) throw damagedBzip2();
    this.#selectors = readSelectors(window, codeCount);
    this.#codes = Array.from({ length: codeCount }, () => readCode(window, symbolCount));
    this.#code = this.#codes[0] ?? noCode;
  }

  next(): number {
    if (this.#left === 0) {
      this.#group += 1;
      this.#code = this.#codes[this.#selectors[this.#group] ?? -1] ?? noCode;
      this.#left = symbolsPerGroup;
    }
    this.#left -= 1;
    return this.#code.read(this.#window);
  }
}

/** Which code each group uses, written as places in a list of recently used codes. */
function readSelectors(window: BitWindow, codeCount: number): Uint8Array {
  const selectors = new Uint8Array(window.read(15));
  const recent = Array.from({ length: codeCount }, (_, code) => code);
  for (let group = 0; group < selectors.length; group += 1) {
    let place = 0;
    while (window.read(1) === 1) place += 1;
    const [code] = recent.splice(place, 1);
    if (code === undefined) throw damagedBzip2();
    recent.unshift(code);
    selectors[group] = code;
  }
  return selectors;
}

/** A code is told by the lengths of its words, each by its difference from the one before. */
function readCode(window: BitWindow, symbolCount: number): HuffmanCode {
  const lengths = new Uint8Array(symbolCount);
  let length = window.read(5);
  for (let symbol = 0; symbol < symbolCount; symbol += 1) {
    while (window.read(1) === 1) length += window.read(1) === 1 ? -1 : 1;
    if (length < 1 || length > longestCode) throw damagedBzip2();
    lengths[symbol] = length;
  }
  return new HuffmanCode(lengths);
}

/** A canonical Huffman code: words of one length follow each other, in the order of symbols. */
class HuffmanCode {
  /** Symbols by the length of their words, then by number. */
  readonly #symbols: Uint16Array;
  /** How many words have each length. */
  readonly #counts = new Uint32Array(longestCode + 1);

  constructor(lengths: Uint8Array) {
    for (const length of lengths) this.#counts[length] = (this.#counts[length] ?? 0) + 1;
    const symbols = Uint16Array.from(lengths.keys());
    this.#symbols = symbols.toSorted((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  }

  /** Reads a word, longer and longer until there is one like it. */
  read(window: BitWindow): number {
    let word = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= longestCode; length += 1) {
      word = (word << 1) | window.read(1);
      const count = this.#counts[length] ?? 0;
      if (word - first < count) return this.#symbols[index + word - first] ?? 0;
      index += count;
      first = (first + count) << 1;
    }
    throw damagedBzip2();
  }
}

/** What is used where a group has no code. */
const noCode = new HuffmanCode(new Uint8Array(0));
