/**
 * The system calls that Node lacks, by way of libc. This file alone knows koffi, which is loaded on
 * the first call, so that a build without RUN never does. All calls are synchronous, and fail as
 * those of `node:fs` do: with an error that has `code`, `errno`, `syscall` and `path`.
 */
import { constants } from "node:fs";
import { createRequire } from "node:module";
import type * as KoffiModule from "koffi";
import { decodeName, encodeName } from "../filetree/name.ts";
import type { FileTime } from "../filetree/node.ts";

type Koffi = typeof KoffiModule;
/** A function of libc that returns -1 when it fails. */
export type SystemCall = (...args: unknown[]) => number;

interface Libc {
  readonly koffi: Koffi;
  readonly getxattr: SystemCall;
  readonly setxattr: SystemCall;
  readonly listxattr: SystemCall;
  readonly mknod: SystemCall;
  readonly utimensat: SystemCall;
  readonly mount: SystemCall;
  readonly umount: SystemCall;
}

let loaded: Libc | undefined;

function libc(): Libc {
  loaded ??= loadLibc();
  return loaded;
}

function loadKoffi(): Koffi {
  return createRequire(import.meta.url)("koffi") as Koffi;
}

/** The function of libc that has this C prototype. It says -1 when it fails: see `check`. */
export function systemCall(prototype: string): SystemCall {
  return loadKoffi().load(null).func(prototype) as SystemCall;
}

/** Makes a C structure known to the prototypes that come after. */
export function defineStructure(name: string, members: Readonly<Record<string, string>>): void {
  loadKoffi().struct(name, members);
}

function loadLibc(): Libc {
  const koffi = loadKoffi();
  const get = systemCall;
  const xattr = "const void *path, const void *name";
  return {
    koffi,
    getxattr: get(`long lgetxattr(${xattr}, void *value, size_t size)`),
    setxattr: get(`int lsetxattr(${xattr}, const void *value, size_t size, int flags)`),
    listxattr: get("long llistxattr(const void *path, void *list, size_t size)"),
    mknod: get("int mknod(const void *path, uint32_t mode, uint64_t device)"),
    utimensat: get("int utimensat(int at, const void *path, const void *times, int flags)"),
    mount: get(
      "int mount(const void *source, const void *target, const void *type, ulong flags, const void *data)",
    ),
    umount: get("int umount2(const void *target, int flags)"),
  };
}

/** The value of `path`'s extended attribute `name`, or undefined where it has none of that name. Does not follow a link. */
export function getXattr(path: string, name: string): Buffer | undefined {
  const file = cString(path);
  const attribute = cString(name);
  const value = readSized((buffer, size) => libc().getxattr(file, attribute, buffer, size));
  if (value !== undefined) return value;
  if (lastErrno() === "ENODATA") return undefined;
  throw systemError("lgetxattr", path);
}

/** Names of the extended attributes of `path`; none where its file system has no such thing. Does not follow a link. */
export function listXattrs(path: string): string[] {
  const file = cString(path);
  const list = readSized((buffer, size) => libc().listxattr(file, buffer, size));
  if (list !== undefined) {
    const names = decodeName(list).split("\0");
    return names.filter((name) => name !== "");
  }
  if (lastErrno() === "ENOTSUP" || lastErrno() === "EOPNOTSUPP") return [];
  throw systemError("llistxattr", path);
}

/** Sets an extended attribute of `path` itself, also when it is a link. */
export function setXattr(path: string, name: string, value: Uint8Array): void {
  const { setxattr } = libc();
  check(setxattr(cString(path), cString(name), value, value.length, 0), "lsetxattr", path);
}

/** Makes a fifo with octal mode 600, less the umask. */
export function makeFifo(path: string): void {
  check(libc().mknod(cString(path), constants.S_IFIFO | 0o600, 0n), "mknod", path);
}

const atCurrentDirectory = -100;
const atSymlinkNoFollow = 0x100;

/** Sets the times of last modification and access of `path` itself, also when it is a link. */
export function setTimes(path: string, { seconds, nanoseconds }: FileTime): void {
  const times = Buffer.alloc(32);
  for (const offset of [0, 16]) {
    times.writeBigInt64LE(BigInt(seconds), offset);
    times.writeBigInt64LE(BigInt(nanoseconds), offset + 8);
  }
  const result = libc().utimensat(atCurrentDirectory, cString(path), times, atSymlinkNoFollow);
  check(result, "utimensat", path);
}

export interface MountOptions {
  readonly source: string;
  /** Type of the file system, such as `overlay`. */
  readonly type: string;
  /** The file system's own options, joined by commas. */
  readonly data: string;
}

/** Mounts a file system at `target`. */
export function mount(target: string, { source, type, data }: MountOptions): void {
  const result = libc().mount(cString(source), cString(target), cString(type), 0, cString(data));
  check(result, "mount", target);
}

const bind = 4096;

/** Shows the file or directory `source` at `target` too. */
export function bindMount(source: string, target: string): void {
  check(libc().mount(cString(source), cString(target), null, bind, null), "mount", target);
}

const detach = 2;

/** Takes the mount at `target` out of the file hierarchy at once, even if something still uses it. */
export function unmount(target: string): void {
  check(libc().umount(cString(target), detach), "umount2", target);
}

/** Calls `read` for the size, then for the bytes, again where they grew; undefined when it fails. */
function readSized(read: (buffer: Buffer | null, size: number) => number): Buffer | undefined {
  for (;;) {
    const size = read(null, 0);
    if (size < 0) return undefined;
    if (size === 0) return Buffer.alloc(0);
    const buffer = Buffer.alloc(size);
    const got = read(buffer, size);
    if (got >= 0) return buffer.subarray(0, got);
    if (lastErrno() !== "ERANGE") return undefined;
  }
}

function cString(text: string): Buffer {
  if (text.includes("\0")) throw new TypeError("a path cannot contain a NUL byte");
  return encodeName(`${text}\0`);
}

/** @throws the error of a system call that has said -1. */
export function check(result: number, syscall: string, path: string): void {
  if (result < 0) throw systemError(syscall, path);
}

/** The name of the errno that the last call of this thread left. */
function lastErrno(): string {
  const { koffi } = libc();
  const number = koffi.errno();
  const found = Object.entries(koffi.os.errno).find(([, value]) => value === number);
  return found?.[0] ?? `errno ${number}`;
}

function systemError(syscall: string, path: string): NodeJS.ErrnoException {
  const code = lastErrno();
  const error: NodeJS.ErrnoException = new Error(`${code}: ${syscall} '${path}'`);
  return Object.assign(error, { code, errno: -libc().koffi.errno(), syscall, path });
}
