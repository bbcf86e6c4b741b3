import { createHash, randomUUID } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { isBuilderError } from "../errors/builder-error.ts";
import { filesystemError } from "../errors/filesystem-error.ts";
import type { LayerSource } from "../filetree/node.ts";
import { type Digest, digestFromHex, hexOf } from "../image/digest.ts";
import { verified } from "../image/verified.ts";
import { readDescriptor } from "../support/read-descriptor.ts";

/** A blob in a spool. */
export interface SpooledBlob {
  readonly digest: Digest;
  /** Length in bytes. */
  readonly size: number;
  /** Absolute path. */
  readonly path: string;
  /** A descriptor to read it by: a command that has the builder's own root may remove the name. */
  readonly descriptor: number;
}

/**
 * Blobs on disk by the digest of their content, laid out as in an OCI image layout
 * (`blobs/sha256/<hex>`). A blob is complete from the moment it has its name; what fails or is
 * given up leaves nothing. Disposal closes the blobs, but leaves the files.
 */
export class Spool implements Disposable {
  readonly #blobs: string;
  readonly #descriptors: number[] = [];

  private constructor(blobs: string) {
    this.#blobs = blobs;
  }

  /**
   * Opens the spool in `directory`, which is made where it is missing.
   *
   * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
   */
  static async open(directory: string): Promise<Spool> {
    const blobs = join(directory, "blobs", "sha256");
    await onDisk(() => mkdir(blobs, { recursive: true }));
    return new Spool(blobs);
  }

  /** Where the blob with this digest is, or would be. */
  pathOf(digest: Digest): string {
    return join(this.#blobs, hexOf(digest));
  }

  /**
   * Stores all of `content`, which is read once. Errors of `content` pass unchanged.
   *
   * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED
   */
  async store(content: AsyncIterable<Uint8Array>): Promise<SpooledBlob> {
    const partial = join(this.#blobs, `.partial-${randomUUID()}`);
    try {
      const { digest, size } = await writeAll(partial, content);
      const path = this.pathOf(digest);
      const descriptor = await onDisk(async () => {
        await rename(partial, path);
        return openSync(path, "r");
      });
      this.#descriptors.push(descriptor);
      return { digest, size, path, descriptor };
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  /**
   * Copies a layer that is elsewhere into the spool, compressed as it is, and gives the copy.
   *
   * @throws IMAGE_MALFORMED when its bytes are not what its descriptor says.
   */
  async keep(layer: LayerSource): Promise<LayerSource> {
    const { descriptor } = layer;
    const blob = await this.store(verified(await layer.open(), descriptor));
    return { descriptor, open: () => openSpooled(blob) };
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#descriptors.splice(0)) closeSync(descriptor);
  }
}

/**
 * Reads a blob of a spool, and verifies it again: a disk can fail, too. The stream fails with
 * FILESYSTEM_FAILED or IMAGE_MALFORMED.
 */
export function openSpooled(blob: SpooledBlob): ReturnType<LayerSource["open"]> {
  return Promise.resolve(Readable.from(readSpooled(blob), { objectMode: false }));
}

async function* readSpooled(blob: SpooledBlob): AsyncGenerator<Uint8Array> {
  try {
    yield* verified(readDescriptor(blob.descriptor), blob);
  } catch (error) {
    throw isBuilderError(error) ? error : filesystemError("read a stored blob", error);
  }
}

async function writeAll(
  path: string,
  content: AsyncIterable<Uint8Array>,
): Promise<{ digest: Digest; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  await using file = await onDisk(() => open(path, "wx", 0o644));
  for await (const chunk of content) {
    hash.update(chunk);
    size += chunk.length;
    await onDisk(() => file.writeFile(chunk));
  }
  return { digest: digestFromHex(hash.digest("hex")), size };
}

async function onDisk<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw filesystemError("store a blob", error);
  }
}
