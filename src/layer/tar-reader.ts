import { type ImageError, malformed } from "../errors/image-error.ts";
import { ByteReader } from "./byte-reader.ts";
import { bodyOf, type FileBody, smallFile } from "./file-body.ts";
import { type PaxRecords, parsePaxRecords } from "./pax.ts";
import { blockSize, isZeroBlock, parseTarBlock, type TarBlock } from "./tar-block.ts";
import {
  composeHeader,
  type Extensions,
  paddingAfter,
  sizeOf,
  type TarHeader,
} from "./tar-header.ts";
import {
  dataLength,
  expandSparse,
  isPaxSparse,
  readOldSparseMap,
  readPaxSparseMap,
  type SparseMap,
  withSparseName,
} from "./tar-sparse.ts";

/** One member of a tar archive. */
export interface TarEntry {
  readonly header: TarHeader;
  /** Where the content begins in the archive, in bytes; this names a file within its archive. */
  readonly offset: number;
  /** A file's content, to be read before the next entry is asked for, or not at all. */
  readonly body: FileBody;
}

export interface TarLimits {
  /** Most members. Default 5 million. */
  readonly maxEntries?: number;
}

/** Longest extended header in bytes, and longest name of GNU's format. */
const longestExtension = 1024 * 1024;

const defaultMaxEntries = 5_000_000;

const noRecords: PaxRecords = new Map();

/**
 * Reads a tar archive of any common format: v7, ustar, pax, GNU (with sparse files, which come out
 * at full length), star. Contents that are not asked for are skipped. The source is read to its
 * end, also behind the archive's end mark; when the iteration is left early, it is closed.
 *
 * @yields one entry per member, in the order of the archive.
 * @throws IMAGE_MALFORMED when it is no tar archive, is cut off, or exceeds a limit.
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  limits: TarLimits = {},
): AsyncGenerator<TarEntry> {
  const bytes = new ByteReader(source);
  const archive = new TarArchive(bytes);
  const maxEntries = limits.maxEntries ?? defaultMaxEntries;
  try {
    for (let count = 0; ; count += 1) {
      const entry = await archive.next();
      if (entry === undefined) break;
      if (count >= maxEntries) throw malformed(`the archive has more than ${maxEntries} entries`);
      yield entry;
    }
    while ((await bytes.some(blockSize * 128)).length > 0);
  } finally {
    await bytes.close();
  }
}

class TarArchive {
  readonly #bytes: ByteReader;
  #global: PaxRecords = noRecords;
  /** Where the next header begins. */
  #next = 0;
  #name = "its first header";

  constructor(bytes: ByteReader) {
    this.#bytes = bytes;
  }

  /** The next member, or undefined at the end of the archive. */
  async next(): Promise<TarEntry | undefined> {
    await this.#skipTo(this.#next);
    let extensions: Extensions = { pax: noRecords };
    for (;;) {
      const block = await this.#header();
      if (block === undefined) return undefined;
      const header = parseTarBlock(block);
      const extended = await this.#extend(extensions, header);
      if (extended === undefined) return this.#member(block, header, extensions);
      extensions = extended;
    }
  }

  /** The next header block, or undefined at the end mark or where there is nothing more. */
  async #header(): Promise<Uint8Array | undefined> {
    const block = await this.#bytes.take(blockSize);
    if (block.length === 0) return undefined;
    if (block.length < blockSize) throw this.#truncated();
    if (!isZeroBlock(block)) return block;
    const second = await this.#bytes.take(blockSize);
    if (isZeroBlock(second)) return undefined;
    throw malformed("the archive goes on behind its end mark");
  }

  /** What `header` adds to `extensions`, or undefined when it is a member's own. */
  async #extend(extensions: Extensions, header: TarBlock): Promise<Extensions | undefined> {
    switch (header.typeflag) {
      case "x":
      case "X":
        return { ...extensions, pax: await this.#records(header) };
      case "g":
        this.#global = merge(this.#global, await this.#records(header));
        return extensions;
      case "L":
        return { ...extensions, longName: upToNul(await this.#extension(header)) };
      case "K":
        return { ...extensions, longLink: upToNul(await this.#extension(header)) };
      case "V":
        await this.#extension(header);
        return extensions;
      default:
        return undefined;
    }
  }

  async #member(block: Uint8Array, raw: TarBlock, extensions: Extensions): Promise<TarEntry> {
    const pax = withSparseName(merge(this.#global, extensions.pax));
    const header = composeHeader(raw, { ...extensions, pax });
    this.#name = header.name;
    const start = this.#bytes.offset;
    const stored = header.type === "file" ? sizeOf(raw, pax) : 0;
    if (raw.typeflag === "S") {
      const map = await readOldSparseMap(block, (count) => this.#take(count));
      return this.#sparse(header, map, this.#bytes.offset + stored);
    }
    if (header.type === "file" && isPaxSparse(pax)) {
      const map = await readPaxSparseMap(pax, (count) => this.#take(count));
      return this.#sparse(header, map, start + stored);
    }
    this.#endAt(start + stored);
    if (stored > smallFile) return { header, offset: start, body: this.#streamed(stored) };
    return { header, offset: start, body: bodyOf(await this.#take(stored)) };
  }

  #sparse(header: TarHeader, map: SparseMap, end: number): TarEntry {
    const offset = this.#bytes.offset;
    if (dataLength(map) !== end - offset) throw malformed("the map of a sparse file is damaged");
    this.#endAt(end);
    const body = expandSparse(map, (count) => this.#read(count));
    return { header: { ...header, size: map.size }, offset, body };
  }

  #endAt(offset: number): void {
    this.#next = offset + paddingAfter(offset);
  }

  #streamed(size: number): FileBody {
    return { size, whole: undefined, [Symbol.asyncIterator]: () => this.#read(size) };
  }

  async *#read(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0; ) {
      const piece = await this.#bytes.some(left);
      if (piece.length === 0) throw this.#truncated();
      left -= piece.length;
      yield piece;
    }
  }

  async #records(header: TarBlock): Promise<PaxRecords> {
    return parsePaxRecords(await this.#extension(header));
  }

  /** The content of an extended header. */
  async #extension({ size }: TarBlock): Promise<Uint8Array> {
    if (size < 0 || size > longestExtension) {
      throw malformed(`an extended header is longer than ${longestExtension} bytes`);
    }
    const content = await this.#take(size + paddingAfter(size));
    return content.subarray(0, size);
  }

  async #take(count: number): Promise<Uint8Array> {
    const taken = await this.#bytes.take(count);
    if (taken.length < count) throw this.#truncated();
    return taken;
  }

  async #skipTo(offset: number): Promise<void> {
    const left = offset - this.#bytes.offset;
    if (left > 0 && !(await this.#bytes.skip(left))) throw this.#truncated();
  }

  #truncated(): ImageError {
    return malformed(`the archive is cut off in ${this.#name}`);
  }
}

function merge(global: PaxRecords, local: PaxRecords): PaxRecords {
  return global.size === 0 ? local : new Map([...global, ...local]);
}

function upToNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
