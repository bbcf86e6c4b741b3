import { malformed } from "../errors/image-error.ts";
import { decodeName, encodeName } from "../filetree/name.ts";
import type { FileTime } from "../filetree/node.ts";

/** The records of a pax extended header by keyword; values are raw bytes. */
export type PaxRecords = ReadonlyMap<string, Uint8Array>;

const newline = 0x0a;
const equals = 0x3d;
const space = 0x20;

/**
 * Reads the records `<length> <keyword>=<value>\n` of an extended header (POSIX.1-2017, pax,
 * "pax Header Block"). Of a keyword that is repeated, the last record counts.
 *
 * @throws IMAGE_MALFORMED when they do not follow the grammar.
 */
export function parsePaxRecords(bytes: Uint8Array): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(space, at);
    const length = blank < 0 ? 0 : parseDecimal(bytes.subarray(at, blank));
    const end = at + length;
    const equal = bytes.indexOf(equals, blank);
    if (equal < 0 || equal >= end || end > bytes.length || bytes[end - 1] !== newline) {
      throw malformed("a pax header has a record of wrong length");
    }
    const keyword = decodeName(bytes.subarray(blank + 1, equal));
    records.set(keyword, bytes.slice(equal + 1, end - 1));
    at = end;
  }
  return records;
}

/** The bytes of an extended header, its records ordered by keyword. */
export function formatPaxRecords(records: PaxRecords): Buffer {
  const sorted = [...records].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(sorted.map(([keyword, value]) => formatRecord(keyword, value)));
}

/**
 * Reads a decimal number such as a record's `size`.
 *
 * @throws IMAGE_MALFORMED when it is none, or more than 2^53 - 1.
 */
export function parsePaxNumber(value: Uint8Array): number {
  const number = parseDecimal(value);
  if (!Number.isSafeInteger(number)) throw malformed("a pax header has a number that is none");
  return number;
}

/**
 * Reads a time, seconds with an optional fraction, of which nine digits count.
 *
 * @throws IMAGE_MALFORMED
 */
export function parsePaxTime(value: Uint8Array): FileTime {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(latin1(value));
  if (match === null) throw malformed("a pax header has a time that is none");
  const [, sign, whole = "", fraction = ""] = match;
  const seconds = Number(whole);
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, "0"));
  if (sign === "") return { seconds, nanoseconds };
  if (nanoseconds === 0) return { seconds: 0 - seconds, nanoseconds };
  return { seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds };
}

/** The length that begins a record counts its own digits too. */
function formatRecord(keyword: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(" "), encodeName(keyword), Buffer.from("="), value]);
  const withoutDigits = rest.length + 1;
  let length = withoutDigits + String(withoutDigits).length;
  if (withoutDigits + String(length).length !== length) length += 1;
  return Buffer.concat([Buffer.from(String(length)), rest, Buffer.from("\n")]);
}

function parseDecimal(digits: Uint8Array): number {
  const text = latin1(digits.subarray(0, 20));
  return /^\d{1,19}$/.test(text) ? Number(text) : Number.NaN;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
