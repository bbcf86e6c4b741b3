import { createWriteStream } from "node:fs";
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { errnoOf } from "../errors/filesystem-error.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { hexOf } from "../image/digest.ts";
import type { Index } from "../image/manifest.ts";
import { isForeignLayerType, mediaTypes } from "../image/media-type.ts";
import { formatReference, type ImageReference } from "../image/reference.ts";
import { writeAtomically } from "../support/atomic-file.ts";
import type { Document, FinishedImage, Output } from "./output.ts";

export interface OciLayoutOptions {
  /** The layout's directory; made where missing. */
  readonly directory: string;
  /** Names that the index gives the image, each with a tag. */
  readonly names: readonly ImageReference[];
  readonly signal: AbortSignal;
}

type OpenBlob = () => Promise<AsyncIterable<Uint8Array>>;

/**
 * Writes an OCI image layout (OCI image specification, "Image Layout"): all blobs but foreign
 * layers, base layers copied in as streams. Blobs that are there are kept; the index is replaced,
 * last and in one move, so that the layout always means either the former image or this one.
 */
export class OciLayout implements Output {
  readonly #options: OciLayoutOptions;
  readonly #written: string[] = [];

  constructor(options: OciLayoutOptions) {
    this.#options = options;
  }

  /** Does nothing: a build that fails leaves the directory alone. */
  startLayer(): void {}

  /** @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE, and what opening a layer throws. */
  async publish({ manifest, config, layers }: FinishedImage): Promise<void> {
    try {
      for (const layer of layers) {
        if (isForeignLayerType(layer.descriptor.mediaType)) continue;
        await this.#writeBlob(layer.descriptor, () => layer.open());
      }
      for (const { descriptor, bytes } of [config, manifest]) {
        await this.#writeBlob(descriptor, () => Promise.resolve(Readable.from([bytes])));
      }
      await this.#writeJson("oci-layout", { imageLayoutVersion: "1.0.0" });
      await this.#writeJson("index.json", indexOf(manifest, this.#options.names));
    } catch (error) {
      for (const path of this.#written) await rm(path, { force: true });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #writeBlob(descriptor: Descriptor, open: OpenBlob): Promise<void> {
    const path = join(this.#options.directory, "blobs", "sha256", hexOf(descriptor.digest));
    if ((await sizeOf(path)) === descriptor.size) return;
    await writeAtomically(path, async (file) => {
      await pipeline(await open(), createWriteStream(file), { signal: this.#options.signal });
    });
    this.#written.push(path);
  }

  async #writeJson(name: string, value: object): Promise<void> {
    const path = join(this.#options.directory, name);
    await writeAtomically(path, (file) => writeFile(file, JSON.stringify(value)));
  }
}

/** One entry per tag, since tools look an image up by it, or a single one without a name. */
function indexOf(manifest: Document, names: readonly ImageReference[]): Index {
  const isFirst = (name: ImageReference, at: number): boolean =>
    names.findIndex(({ tag }) => tag === name.tag) === at;
  const named = names.filter(isFirst).map((name) => ({
    ...manifest.descriptor,
    annotations: {
      "io.containerd.image.name": formatReference(name),
      "org.opencontainers.image.ref.name": name.tag ?? "latest",
    },
  }));
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: named.length === 0 ? [manifest.descriptor] : named,
  };
}

/** The size of a file in bytes, or undefined where there is none. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
