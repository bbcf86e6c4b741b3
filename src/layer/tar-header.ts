import { isAscii } from "node:buffer";
import { malformed } from "../errors/image-error.ts";
import { decodeName, encodeName } from "../filetree/name.ts";
import type { ExtendedAttributes, FileTime, Metadata } from "../filetree/node.ts";
import { formatPaxRecords, type PaxRecords, parsePaxNumber, parsePaxTime } from "./pax.ts";
import { blockSize, formatTarBlock, nameLength, numberFields, type TarBlock } from "./tar-block.ts";
import { fitsOctal } from "./tar-number.ts";

const wholeSeconds = new Map<number, FileTime>();
const mostWholeSeconds = 4096;

/** What kind of file a member is; `link` is a hard link. */
export type TarType = "file" | "directory" | "symlink" | "link" | "character" | "block" | "fifo";

/** The header of one member of a tar archive, extended headers included. */
export interface TarHeader extends Metadata {
  readonly type: TarType;
  /** As the archive has it: unchecked, possibly absolute, a directory's with or without a slash. */
  readonly name: string;
  /** Target of a symbolic or hard link, as the archive has it; otherwise empty. */
  readonly linkName: string;
  /** Length of a file's content in bytes; otherwise 0. */
  readonly size: number;
  /** Numbers of a device; otherwise 0. */
  readonly major: number;
  readonly minor: number;
}

/** What comes before a member's own header and overrides parts of it. */
export interface Extensions {
  readonly pax: PaxRecords;
  /** Of GNU's `L` and `K` members. */
  readonly longName?: Uint8Array | undefined;
  readonly longLink?: Uint8Array | undefined;
}

const typeOfFlag: Readonly<Record<string, TarType>> = {
  "\0": "file",
  "0": "file",
  "1": "link",
  "2": "symlink",
  "3": "character",
  "4": "block",
  "5": "directory",
  "6": "fifo",
  "7": "file",
  S: "file",
};

const flagOfType: Readonly<Record<TarType, string>> = {
  file: "0",
  link: "1",
  symlink: "2",
  character: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};

const xattrPrefix = "SCHILY.xattr.";
const highestId = 0xffff_ffff;

/** Longest name, and longest link target, in bytes: what Linux takes as a path. */
const longestName = 4096;

/**
 * Joins a header block with what extends it.
 *
 * @throws IMAGE_MALFORMED when the type is not known, or a value is none.
 */
export function composeHeader(block: TarBlock, extensions: Extensions): TarHeader {
  const { pax } = extensions;
  const name = textOf(valueOf(pax, "path") ?? extensions.longName ?? block.name);
  const type = typeOf(block, name);
  const hasTarget = type === "symlink" || type === "link";
  const xattrs = xattrsOf(pax);
  return {
    type,
    name,
    linkName: hasTarget
      ? textOf(valueOf(pax, "linkpath") ?? extensions.longLink ?? block.linkName)
      : "",
    size: type === "file" ? sizeOf(block, pax) : 0,
    mode: block.mode & 0o7777,
    uid: idOf(valueOf(pax, "uid"), block.uid),
    gid: idOf(valueOf(pax, "gid"), block.gid),
    mtime: timeOf(valueOf(pax, "mtime"), block.mtime),
    major: block.major,
    minor: block.minor,
    ...(xattrs === undefined ? {} : { xattrs }),
  };
}

/**
 * The bytes of a header: one block, after a pax header where something does not fit (name that is
 * long or not ASCII, extended attribute, size from 8 GiB, id from 2^21, time before 1970). The
 * time is cut to whole seconds, there are no access times and no names of users (as BuildKit's).
 */
export function formatHeader(header: TarHeader): Buffer {
  const name = encodeName(header.name);
  const linkName = encodeName(header.linkName);
  const pax = paxRecordsFor(header, name, linkName);
  const block = formatTarBlock({
    ...header,
    typeflag: flagOfType[header.type],
    name: asciiOf(name),
    linkName: asciiOf(linkName),
    mtime: header.mtime.seconds,
  });
  return pax.size === 0 ? block : Buffer.concat([formatPaxHeader(header.name, pax), block]);
}

/** How many bytes follow `size` bytes up to the end of the block. */
export function paddingAfter(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

/** Length in bytes of a regular file as a header and its pax records say it. */
export function sizeOf(block: TarBlock, pax: PaxRecords): number {
  const record = valueOf(pax, "size");
  const size = record === undefined ? block.size : parsePaxNumber(record);
  if (size < 0) throw malformed("a tar header has a negative size");
  return size;
}

function typeOf(block: TarBlock, name: string): TarType {
  const type = typeOfFlag[block.typeflag];
  if (type === undefined) {
    const flag = JSON.stringify(block.typeflag);
    throw malformed(`the tar entry ${JSON.stringify(name)} is of the unknown type ${flag}`);
  }
  // Archives from before POSIX know directories by the slash alone.
  return block.typeflag === "\0" && name.endsWith("/") ? "directory" : type;
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length > longestName) throw malformed(`a name is longer than ${longestName} bytes`);
  if (bytes.includes(0)) throw malformed("a name holds a NUL byte");
  return decodeName(bytes);
}

function idOf(record: Uint8Array | undefined, field: number): number {
  const id = record === undefined ? field : parsePaxNumber(record);
  if (id < 0 || id > highestId) throw malformed("a tar header has an owner that cannot be");
  return id;
}

function timeOf(record: Uint8Array | undefined, seconds: number): FileTime {
  return record === undefined ? wholeSecond(seconds) : parsePaxTime(record);
}

/** All files of a package have the same time: a tree of many files need not hold it for each. */
function wholeSecond(seconds: number): FileTime {
  let time = wholeSeconds.get(seconds);
  if (time === undefined) {
    if (wholeSeconds.size >= mostWholeSeconds) wholeSeconds.clear();
    time = { seconds, nanoseconds: 0 };
    wholeSeconds.set(seconds, time);
  }
  return time;
}

/** An empty record means that the header's own field counts. */
function valueOf(pax: PaxRecords, keyword: string): Uint8Array | undefined {
  const value = pax.get(keyword);
  return value === undefined || value.length === 0 ? undefined : value;
}

function xattrsOf(pax: PaxRecords): ExtendedAttributes | undefined {
  let xattrs: Map<string, Uint8Array> | undefined;
  for (const [keyword, value] of pax) {
    if (!keyword.startsWith(xattrPrefix)) continue;
    xattrs ??= new Map();
    xattrs.set(keyword.slice(xattrPrefix.length), value);
  }
  return xattrs;
}

function paxRecordsFor(header: TarHeader, name: Buffer, linkName: Buffer): PaxRecords {
  const pax = new Map<string, Uint8Array>();
  if (!fitsName(name)) pax.set("path", name);
  if (!fitsName(linkName)) pax.set("linkpath", linkName);
  for (const field of ["size", "uid", "gid"] as const) {
    if (!fitsOctal(header[field], numberFields[field])) {
      pax.set(field, Buffer.from(String(header[field])));
    }
  }
  const { seconds } = header.mtime;
  if (!fitsOctal(seconds, numberFields.mtime)) pax.set("mtime", Buffer.from(String(seconds)));
  for (const [key, value] of header.xattrs ?? []) pax.set(xattrPrefix + key, value);
  return pax;
}

function formatPaxHeader(name: string, records: PaxRecords): Buffer {
  const body = formatPaxRecords(records);
  const block = formatTarBlock({
    typeflag: "x",
    name: asciiOf(encodeName(paxHeaderName(name))),
    linkName: Buffer.alloc(0),
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    mtime: 0,
    major: 0,
    minor: 0,
  });
  return Buffer.concat([block, body, Buffer.alloc(paddingAfter(body.length))]);
}

/** What programs that do not know pax headers would unpack one as. */
function paxHeaderName(name: string): string {
  const parts = name.split("/").filter((part) => part !== "");
  const base = parts.pop() ?? "";
  return [...parts, "PaxHeaders.0", base].join("/");
}

function fitsName(name: Buffer): boolean {
  return name.length <= nameLength && isAscii(name);
}

function asciiOf(name: Buffer): Uint8Array {
  return isAscii(name) ? name : name.filter((byte) => byte < 0x80);
}
