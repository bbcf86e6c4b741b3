import { BuilderError } from "../errors/builder-error.ts";
import { ImageError } from "../errors/image-error.ts";
import type { LayerSource } from "../filetree/node.ts";
import { decompress } from "./compression.ts";

/** The uncompressed archive of a layer, read once. Disposal gives up what has not been read. */
export class LayerArchive implements AsyncIterable<Uint8Array>, AsyncDisposable {
  readonly #blob: AsyncIterator<Uint8Array>;

  private constructor(blob: AsyncIterator<Uint8Array>) {
    this.#blob = blob;
  }

  /** Opens `layer`; throws what that throws. */
  static async open(layer: LayerSource): Promise<LayerArchive> {
    const blob: AsyncIterable<Uint8Array> = await layer.open();
    return new LayerArchive(blob[Symbol.asyncIterator]());
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
    await this.#blob.return?.();
  }
}

/** Says of which layer an error is about; only `IMAGE_MALFORMED` needs that. */
export function inLayer(layer: LayerSource, error: unknown): unknown {
  if (!(error instanceof BuilderError) || error.code !== "IMAGE_MALFORMED") return error;
  const { digest } = layer.descriptor;
  return new ImageError("IMAGE_MALFORMED", `layer ${digest} cannot be used: ${error.message}`, {
    hint: error.hint ?? "Pull the image by another tag or from another registry, or rebuild it",
    cause: error,
  });
}
