import { randomUUID } from "node:crypto";
import { readSync, writeSync } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { filesystemError } from "../errors/filesystem-error.ts";
import { InternalError } from "../errors/internal-error.ts";
import type { LayerSource } from "../filetree/node.ts";
import { bodyOf, type FileBody, smallFile } from "./file-body.ts";

/** A file's content by where it comes from. */
export interface LayerContent {
  readonly layer: LayerSource;
  readonly offset: number;
}

interface Extent {
  readonly at: number;
  readonly size: number;
}

const chunkBytes = 256 * 1024;

/**
 * Contents taken out of layers, one after the other in one file, since making a file for each would
 * take longer than reading the layer. The file has no name: it is gone with the process. It is read
 * and written without the thread pool, where thousands of small calls would wait behind compression.
 */
export class ContentPack implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #extents = new Map<LayerSource, Map<number, Extent>>();
  #end = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Makes an empty pack in a directory that exists. @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE */
  static async create(directory: string): Promise<ContentPack> {
    const path = join(directory, `.contents-${randomUUID()}`);
    try {
      const file = await open(path, "wx+", 0o600);
      await unlink(path);
      return new ContentPack(file);
    } catch (error) {
      throw filesystemError("keep file contents", error);
    }
  }

  has(content: LayerContent): boolean {
    return this.#extentOf(content) !== undefined;
  }

  /**
   * Stores a content. Several may be stored at the same time.
   *
   * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, and what reading `body` throws.
   */
  async store({ layer, offset }: LayerContent, body: FileBody): Promise<void> {
    const extent = { at: this.#end, size: body.size };
    this.#end += body.size;
    if (body.whole !== undefined) this.#writeNow(body.whole, extent.at);
    else await this.#write(body, extent.at);
    let ofLayer = this.#extents.get(layer);
    if (ofLayer === undefined) this.#extents.set(layer, (ofLayer = new Map()));
    ofLayer.set(offset, extent);
  }

  /** A stored content, which can be read more than once. */
  open(content: LayerContent): FileBody {
    const extent = this.#extentOf(content);
    if (extent === undefined) throw new InternalError("a file's content is not where it was put");
    if (extent.size <= smallFile) return bodyOf(this.#read(extent));
    return {
      size: extent.size,
      whole: undefined,
      [Symbol.asyncIterator]: () => this.#stream(extent),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  #extentOf({ layer, offset }: LayerContent): Extent | undefined {
    return this.#extents.get(layer)?.get(offset);
  }

  #writeNow(bytes: Uint8Array, position: number): void {
    try {
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(this.#file.fd, bytes, at, bytes.length - at, position + at);
      }
    } catch (error) {
      throw filesystemError("keep file contents", error);
    }
  }

  async #write(body: FileBody, position: number): Promise<void> {
    let at = position;
    for await (const chunk of body) {
      this.#writeNow(chunk, at);
      at += chunk.length;
    }
  }

  // oxlint-disable-next-line typescript/require-await -- bodies are asynchronous, this one is not
  async *#stream({ at, size }: Extent): AsyncGenerator<Uint8Array> {
    for (let done = 0; done < size; done += chunkBytes) {
      yield this.#read({ at: at + done, size: Math.min(chunkBytes, size - done) });
    }
  }

  #read({ at, size }: Extent): Buffer {
    const bytes = Buffer.allocUnsafe(size);
    try {
      for (let done = 0; done < size; ) {
        const count = readSync(this.#file.fd, bytes, done, size - done, at + done);
        if (count === 0) throw new Error("it is shorter than what was written to it");
        done += count;
      }
    } catch (error) {
      throw filesystemError("read kept file contents", error);
    }
    return bytes;
  }
}
