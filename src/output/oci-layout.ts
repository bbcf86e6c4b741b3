import { createWriteStream } from "node:fs";
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { errnoOf } from "../errors/filesystem-error.ts";
import { malformed } from "../errors/image-error.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { hexOf } from "../image/digest.ts";
import { isForeignLayerType, mediaTypes } from "../image/media-type.ts";
import { isIndex, parseManifest } from "../image/parse-manifest.ts";
import { formatReference, type ImageReference } from "../image/reference.ts";
import { writeAtomically } from "../support/atomic-file.ts";
import { readIfThere } from "../support/read-if-there.ts";
import type { Document, FinishedImage, Output } from "./output.ts";

export interface OciLayoutOptions {
  /** The layout's directory; made where missing. */
  readonly directory: string;
  /** Names that the index gives the image, each with a tag. */
  readonly names: readonly ImageReference[];
  readonly signal: AbortSignal;
}

/** What an index calls an image (OCI image specification, "Pre-Defined Annotation Keys"). */
const nameAnnotation = "org.opencontainers.image.ref.name";

type OpenBlob = () => Promise<AsyncIterable<Uint8Array>>;

/**
 * Writes an OCI image layout (OCI image specification, "Image Layout"): all blobs but foreign
 * layers, base layers copied in as streams. A layout that is there keeps its blobs and its other images:
 * an entry with the same name makes room for the new one. The index is replaced last, in one move, so
 * that each name always means either the former image or this one.
 */
export class OciLayout implements Output {
  readonly #options: OciLayoutOptions;
  readonly #written: string[] = [];

  constructor(options: OciLayoutOptions) {
    this.#options = options;
  }

  /** Does nothing: a build that fails leaves the directory alone. */
  startLayer(): void {}

  /**
   * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE, and what opening a layer throws; IMAGE_MALFORMED where the
   *   directory has an index that is none.
   */
  async publish({ manifest, config, layers }: FinishedImage): Promise<void> {
    const { directory, names } = this.#options;
    // Read twice: a bad one is found before anything is written, and others may write here meanwhile.
    const entries = entriesOf(manifest, names);
    await readIndex(directory, entries);
    try {
      for (const layer of layers) {
        if (isForeignLayerType(layer.descriptor.mediaType)) continue;
        await this.#writeBlob(layer.descriptor, () => layer.open());
      }
      for (const { descriptor, bytes } of [config, manifest]) {
        await this.#writeBlob(descriptor, () => Promise.resolve(Readable.from([bytes])));
      }
      await this.#writeJson("oci-layout", { imageLayoutVersion: "1.0.0" });
      const index = await readIndex(directory, entries);
      const manifests = [...index.manifests, ...entries];
      await this.#writeJson("index.json", { ...index, manifests });
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
function entriesOf(manifest: Document, names: readonly ImageReference[]): readonly Descriptor[] {
  const isFirst = (name: ImageReference, at: number): boolean =>
    names.findIndex(({ tag }) => tag === name.tag) === at;
  const named = names.filter(isFirst).map((name) => ({
    ...manifest.descriptor,
    annotations: {
      "io.containerd.image.name": formatReference(name),
      [nameAnnotation]: name.tag ?? "latest",
    },
  }));
  return named.length === 0 ? [manifest.descriptor] : named;
}

/** An index as its bytes have it: other tools' entries may have members that we do not know. */
interface WrittenIndex {
  readonly manifests: readonly object[];
}

/** The index of a layout, without the entries that have the name of one of `replaced`. */
async function readIndex(
  directory: string,
  replaced: readonly Descriptor[],
): Promise<WrittenIndex> {
  const path = join(directory, "index.json");
  const text = await readIfThere(path);
  const fresh = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };
  if (text === "") return fresh;
  const index = parseManifest(Buffer.from(text), mediaTypes.ociIndex);
  if (!isIndex(index)) throw malformed(`${path} is no index`);
  const keys = new Set(replaced.map(keyOf));
  const isKept = index.manifests.map((entry) => !keys.has(keyOf(entry)));
  const written = JSON.parse(text) as WrittenIndex;
  return { ...written, manifests: written.manifests.filter((_, at) => isKept[at] === true) };
}

/** A layout has one image without a name: tools could not tell several of them apart. */
function keyOf({ annotations }: Descriptor): string {
  return annotations?.[nameAnnotation] ?? "";
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
