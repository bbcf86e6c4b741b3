import { Readable } from "node:stream";
import { isBuilderError } from "../errors/builder-error.ts";
import { malformed } from "../errors/image-error.ts";
import type { LayerSource } from "../filetree/node.ts";
import { decompress } from "./compression.ts";

/** The uncompressed archive of a layer, read once. Disposal gives up what has not been read. */
export class LayerArchive implements AsyncIterable<Uint8Array>, AsyncDisposable {
  readonly #stream: AsyncIterable<Uint8Array>;
  readonly #blob: AsyncIterator<Uint8Array>;

  private constructor(stream: AsyncIterable<Uint8Array>) {
    this.#stream = stream;
    this.#blob = stream[Symbol.asyncIterator]();
  }

  /** Opens `layer`; throws what that throws. */
  static async open(layer: LayerSource): Promise<LayerArchive> {
    return new LayerArchive(await layer.open());
  }

  /** Decompressed chunks. Leaving them early leaves the blob open, for `finish`. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const compressed = { [Symbol.asyncIterator]: () => ({ next: () => this.#blob.next() }) };
    return decompress(compressed);
  }

  /**
   * Reads what is left of the blob without decompressing it, because a blob is verified only at
   * its end: contents that were used must not turn out to be forged unnoticed.
   */
  async finish(): Promise<void> {
    while ((await this.#blob.next()).done !== true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The iterator would let a read that is under way come to its end first: a network may stall.
    if (this.#stream instanceof Readable) this.#stream.destroy();
    else await this.#blob.return?.();
  }
}

/** The error that says in which layer `error` occurred, if that is not known already. */
export function inLayer({ descriptor }: LayerSource, error: unknown): unknown {
  if (!isBuilderError(error, "IMAGE_MALFORMED")) return error;
  return malformed(`layer ${descriptor.digest} cannot be used: ${error.message}`, {
    hint: error.hint ?? "Pull the image by another tag or from another registry, or rebuild it",
    cause: error,
  });
}
