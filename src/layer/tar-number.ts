import { malformed } from "../errors/image-error.ts";

const space = 0x20;
const zero = 0x30;
const seven = 0x37;

/** A numeric field of a tar header. */
export interface NumberField {
  /** Position in the block. */
  readonly at: number;
  readonly length: number;
}

/**
 * Reads a numeric field: octal digits between blanks and NULs, or GNU's base 256, which the first
 * bit announces. An empty field is 0.
 *
 * @throws IMAGE_MALFORMED when it is neither, or more than 2^53 - 1.
 */
export function readNumber(block: Uint8Array, { at, length }: NumberField): number {
  const field = block.subarray(at, at + length);
  if (((field[0] ?? 0) & 0x80) !== 0) return readBase256(field);
  let value = 0;
  let position = 0;
  while (isBlank(field[position])) position += 1;
  for (let digit = field[position]; isOctal(digit); digit = field[position]) {
    value = value * 8 + digit - zero;
    position += 1;
  }
  for (; position < length; position += 1) {
    if (!isBlank(field[position])) throw malformed("a tar header has a number that is none");
  }
  return value;
}

/** Writes `value` as octal digits with leading zeros and a NUL at the end. */
export function writeOctal(block: Buffer, { at, length }: NumberField, value: number): void {
  block.write(value.toString(8).padStart(length - 1, "0"), at, length - 1, "latin1");
}

/** Whether `value` can be written by `writeOctal`. */
export function fitsOctal(value: number, { length }: NumberField): boolean {
  return value >= 0 && value < 8 ** (length - 1);
}

/** Two's complement, most significant byte first; the first bit is no part of the number. */
function readBase256(field: Uint8Array): number {
  const first = field[0] ?? 0;
  const isNegative = (first & 0x40) !== 0;
  let value = BigInt(isNegative ? first : first & 0x7f);
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
  const number = Number(isNegative ? BigInt.asIntN(field.length * 8, value) : value);
  if (!Number.isSafeInteger(number)) throw malformed("a tar header has a number that is none");
  return number;
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === 0;
}

function isOctal(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= zero && byte <= seven;
}
