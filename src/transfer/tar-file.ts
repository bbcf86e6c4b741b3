import { createReadStream, write } from "node:fs";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { ContextError } from "../errors/context-error.ts";
import { filesystemError } from "../errors/filesystem-error.ts";
import { malformed } from "../errors/image-error.ts";
import { decompress, sniffCompression } from "../layer/compression.ts";
import { readTar } from "../layer/tar-reader.ts";
import { readDescriptor } from "../support/read-descriptor.ts";

const writeTo = promisify(write);

export interface TarPorts {
  /** Gives the descriptor of an empty file that can be written and read; asked for where an archive is compressed. */
  readonly openScratch: () => number;
  /** Ends what goes on, and all reading later. */
  readonly signal: AbortSignal;
}

/** Where a member of an archive has its content, or which other member has it. */
type Member =
  | { readonly kind: "file"; readonly offset: number; readonly size: number }
  | { readonly kind: "link"; readonly target: string };

/** `docker save` used to write a layer that two images share as a link to the first. */
const longestChain = 8;

/** A tar archive on disk whose members can be read in any order. */
export class TarFile {
  readonly path: string;
  readonly #ports: TarPorts;
  readonly #members = new Map<string, Member>();
  /** Where the archive is uncompressed, if it is not so at its path. */
  #scratch: number | undefined;

  private constructor(path: string, ports: TarPorts) {
    this.path = path;
    this.#ports = ports;
  }

  /**
   * Finds out what an archive has. It is read once, whole; one that is compressed, by its content, is
   * uncompressed on the way.
   *
   * @throws IMAGE_MALFORMED when it is damaged, CONTEXT_UNREADABLE when it cannot be read.
   * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED when what it unpacks to cannot be kept.
   */
  static async open(path: string, ports: TarPorts): Promise<TarFile> {
    const archive = new TarFile(path, ports);
    try {
      await archive.#list();
    } catch (error) {
      if (!(error instanceof Error && "syscall" in error)) throw error;
      throw new ContextError("CONTEXT_UNREADABLE", `${path} cannot be read`, { cause: error });
    }
    return archive;
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** The content of a member; undefined where there is none. */
  read(name: string): Readable | undefined {
    const found = this.#find(name);
    if (found === undefined) return undefined;
    const { offset, size } = found;
    if (size === 0) return Readable.from([]);
    const { signal } = this.#ports;
    if (this.#scratch === undefined) {
      return createReadStream(this.path, { start: offset, end: offset + size - 1, signal });
    }
    const range = { start: offset, end: offset + size };
    return Readable.from(readDescriptor(this.#scratch, range), { objectMode: false, signal });
  }

  async #list(): Promise<void> {
    for await (const { header, offset } of readTar(this.#uncompressed())) {
      const { linkName, size, type } = header;
      const name = nameOf(header.name);
      if (type === "file") this.#members.set(name, { kind: "file", offset, size });
      if (type !== "symlink" && type !== "link") continue;
      const folder = type === "symlink" ? posix.dirname(name) : ".";
      this.#members.set(name, { kind: "link", target: nameOf(posix.join(folder, linkName)) });
    }
  }

  async *#uncompressed(): AsyncGenerator<Uint8Array> {
    const { openScratch, signal } = this.#ports;
    if (await isFileCompressed(this.path, signal)) this.#scratch = openScratch();
    for await (const chunk of decompress(createReadStream(this.path, { signal }))) {
      if (this.#scratch !== undefined) await keep(chunk, this.#scratch);
      yield chunk;
    }
  }

  #find(name: string): { readonly offset: number; readonly size: number } | undefined {
    let member = this.#members.get(nameOf(name));
    for (let links = 0; member?.kind === "link"; links += 1) {
      if (links === longestChain) throw malformed(`${this.path}: ${name} is a link without end`);
      member = this.#members.get(member.target);
    }
    return member;
  }
}

function nameOf(name: string): string {
  return posix.normalize(name).replace(/^\/+/, "");
}

async function isFileCompressed(path: string, signal: AbortSignal): Promise<boolean> {
  for await (const chunk of createReadStream(path, { signal })) {
    return sniffCompression(chunk as Buffer) !== "none";
  }
  return false;
}

async function keep(chunk: Uint8Array, descriptor: number): Promise<void> {
  try {
    for (let done = 0; done < chunk.length; ) {
      done += (await writeTo(descriptor, chunk, done)).bytesWritten;
    }
  } catch (error) {
    throw filesystemError("uncompress the archive", error);
  }
}
