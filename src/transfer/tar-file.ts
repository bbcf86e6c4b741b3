import { createReadStream } from "node:fs";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { ContextError } from "../errors/context-error.ts";
import { malformed } from "../errors/image-error.ts";
import { sniffCompression } from "../layer/compression.ts";
import { readTar } from "../layer/tar-reader.ts";

/** Where a member of an archive has its content, or which other member has it. */
type Member =
  | { readonly kind: "file"; readonly offset: number; readonly size: number }
  | { readonly kind: "link"; readonly target: string };

/** `docker save` used to write a layer that two images share as a link to the first. */
const longestChain = 8;

/** A tar archive on disk whose members can be read in any order. */
export class TarFile {
  readonly path: string;
  readonly #signal: AbortSignal;
  readonly #members = new Map<string, Member>();

  private constructor(path: string, signal: AbortSignal) {
    this.path = path;
    this.#signal = signal;
  }

  /**
   * Finds out what an archive has. It is read once, whole. `signal` ends this and all reading later.
   *
   * @throws IMAGE_MALFORMED when it is damaged, CONTEXT_UNREADABLE when it is compressed or cannot be read.
   */
  static async open(path: string, signal: AbortSignal): Promise<TarFile> {
    const archive = new TarFile(path, signal);
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
    const range = { start: offset, end: offset + size - 1 };
    return createReadStream(this.path, { ...range, signal: this.#signal });
  }

  async #list(): Promise<void> {
    const content = createReadStream(this.path, { signal: this.#signal });
    for await (const { header, offset } of readTar(uncompressed(content, this.path))) {
      const { linkName, size, type } = header;
      const name = nameOf(header.name);
      if (type === "file") this.#members.set(name, { kind: "file", offset, size });
      if (type !== "symlink" && type !== "link") continue;
      const folder = type === "symlink" ? posix.dirname(name) : ".";
      this.#members.set(name, { kind: "link", target: nameOf(posix.join(folder, linkName)) });
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

async function* uncompressed(
  content: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of content) {
    if (isFirst && sniffCompression(chunk) !== "none") {
      throw new ContextError("CONTEXT_UNREADABLE", `${path} is compressed`, {
        hint: "Uncompress it first: its layers may be compressed, the archive itself may not",
      });
    }
    isFirst = false;
    yield chunk;
  }
}
