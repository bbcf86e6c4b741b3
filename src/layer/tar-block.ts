import { malformed } from "../errors/image-error.ts";
import { fitsOctal, type NumberField, readNumber, writeOctal } from "./tar-number.ts";

/** Bytes of a tar header, and what all of an archive is padded to a multiple of. */
export const blockSize = 512;

/** A 512-byte header as it stands, before extended headers override parts of it. */
export interface TarBlock {
  /** One character; NUL stands for a regular file in old archives. */
  readonly typeflag: string;
  /** With the prefix field, where the format has one. */
  readonly name: Uint8Array;
  readonly linkName: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes that follow the header. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
}

/** Where the numbers of a header are. */
export const numberFields = {
  mode: { at: 100, length: 8 },
  uid: { at: 108, length: 8 },
  gid: { at: 116, length: 8 },
  size: { at: 124, length: 12 },
  mtime: { at: 136, length: 12 },
  checksum: { at: 148, length: 8 },
  major: { at: 329, length: 8 },
  minor: { at: 337, length: 8 },
} as const satisfies Record<string, NumberField>;

/** Length of the name and of the link name field. */
export const nameLength = 100;
const linkNameAt = 157;
const typeflagAt = 156;
const magicAt = 257;
const prefixAt = 345;

/** Tells whether a block is all zero: the mark at the end of an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/**
 * Reads a header of any of the formats v7, ustar, pax, GNU and star.
 *
 * @throws IMAGE_MALFORMED when the checksum is wrong or a number is none.
 */
export function parseTarBlock(block: Uint8Array): TarBlock {
  verifyChecksum(block);
  const typeflag = String.fromCharCode(block[typeflagAt] ?? 0);
  const isDevice = typeflag === "3" || typeflag === "4";
  return {
    typeflag,
    name: readName(block),
    linkName: readText(block, linkNameAt, nameLength),
    mode: readNumber(block, numberFields.mode),
    uid: readNumber(block, numberFields.uid),
    gid: readNumber(block, numberFields.gid),
    size: readNumber(block, numberFields.size),
    mtime: readNumber(block, numberFields.mtime),
    major: isDevice ? readNumber(block, numberFields.major) : 0,
    minor: isDevice ? readNumber(block, numberFields.minor) : 0,
  };
}

/**
 * Makes a header in the POSIX format. What does not fit its field has to be in a pax header: names
 * are cut off, and numbers become 0.
 */
export function formatTarBlock(header: TarBlock): Buffer {
  const block = Buffer.allocUnsafe(blockSize).fill(0);
  block.set(header.name.subarray(0, nameLength), 0);
  for (const field of ["mode", "uid", "gid", "size", "mtime", "major", "minor"] as const) {
    const fits = fitsOctal(header[field], numberFields[field]);
    writeOctal(block, numberFields[field], fits ? header[field] : 0);
  }
  block.write(header.typeflag, typeflagAt, "latin1");
  block.set(header.linkName.subarray(0, nameLength), linkNameAt);
  block.write("ustar\x0000", magicAt, "latin1");
  const { unsigned } = checksums(block);
  block.write(`${unsigned.toString(8).padStart(6, "0")}\0 `, numberFields.checksum.at, "latin1");
  return block;
}

function readName(block: Uint8Array): Uint8Array {
  const name = readText(block, 0, nameLength);
  const isPosix = readLatin1(block, magicAt, 6) === "ustar\0";
  if (!isPosix) return name;
  const isStar = readLatin1(block, 508, 4) === "tar\0";
  const prefix = readText(block, prefixAt, isStar ? 131 : 155);
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from("/"), name]);
}

/** The bytes of a field up to its first NUL. */
function readText(block: Uint8Array, at: number, length: number): Uint8Array {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

function readLatin1(block: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...block.subarray(at, at + length));
}

function verifyChecksum(block: Uint8Array): void {
  const expected = readNumber(block, numberFields.checksum);
  const { unsigned, signed } = checksums(block);
  if (expected === unsigned || expected === signed) return;
  throw malformed("a tar header has a wrong checksum");
}

/** The sum of all bytes, the checksum's own taken as blanks; some old programs add signed bytes. */
function checksums(block: Uint8Array): { unsigned: number; signed: number } {
  const { at, length } = numberFields.checksum;
  let unsigned = 0;
  let high = 0;
  for (let position = 0; position < blockSize; position += 1) {
    const isOwn = position >= at && position < at + length;
    const byte = isOwn ? 0x20 : (block[position] ?? 0);
    unsigned += byte;
    if (byte > 0x7f) high += 1;
  }
  return { unsigned, signed: unsigned - 256 * high };
}
