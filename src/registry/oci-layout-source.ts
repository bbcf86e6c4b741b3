import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ContextError } from "../errors/context-error.ts";
import { errnoOf } from "../errors/filesystem-error.ts";
import { malformed } from "../errors/image-error.ts";
import { UsageError } from "../errors/usage-error.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { createHashFor, type Digest, matchesDigest } from "../image/digest.ts";
import { formatLayoutReference, type LayoutReference } from "../image/layout-reference.ts";
import type { Index } from "../image/manifest.ts";
import { mediaTypes } from "../image/media-type.ts";
import { isIndex, manifestLimitBytes, parseManifest } from "../image/parse-manifest.ts";
import type { Platform } from "../image/platform.ts";
import { selectManifest } from "../image/select-manifest.ts";
import { verified } from "../image/verified.ts";
import { readBounded } from "../support/read-bounded.ts";
import { type FoundManifest, type ImageSource, type PulledImage, readImage } from "./read-image.ts";

export interface LayoutRequest {
  readonly layout: LayoutReference;
  readonly platform: Platform;
}

const tagAnnotation = "org.opencontainers.image.ref.name";

/**
 * Reads an image from an OCI image layout (OCI image specification, "Image Layout") as `pullImage`
 * does from a registry. Without tag and digest it is the one that the index calls `latest`, else
 * what the index has for the platform.
 *
 * @throws CONTEXT_NOT_FOUND when there is no layout, or no such image in it; CONTEXT_UNREADABLE.
 * @throws IMAGE_PLATFORM_UNAVAILABLE, IMAGE_MALFORMED
 */
export function openLayoutImage({ layout, platform }: LayoutRequest): Promise<PulledImage> {
  return readImage(new LayoutSource({ layout, platform }), platform);
}

/** Opens a file of a layout by its path there; undefined where there is none. */
export type OpenLayoutFile = (path: string) => Promise<Readable | undefined>;

/**
 * What a layout has under a name. Where a name stands for images of several platforms, without a platform
 * to choose by, that is an error (USAGE_CONFLICT).
 */
export class LayoutSource implements ImageSource {
  readonly name: string;
  readonly #layout: LayoutReference;
  readonly #platform: Platform | undefined;
  readonly #openFile: OpenLayoutFile;

  /** `openFile` is for layouts that are no directories. */
  constructor(
    { layout, platform }: Pick<LayoutRequest, "layout"> & Partial<LayoutRequest>,
    openFile?: OpenLayoutFile,
  ) {
    this.name = formatLayoutReference(layout);
    this.#layout = layout;
    this.#platform = platform;
    this.#openFile = openFile ?? ((path) => openFileIn(layout.directory, path, this.name));
  }

  async manifest(digest: Digest | undefined): Promise<FoundManifest> {
    const wanted = digest ?? this.#layout.digest ?? this.#choose(await this.#readIndex());
    const bytes = await this.#readDocument(blobPath(wanted));
    if (!matchesDigest(createHashFor(wanted).update(bytes), wanted)) {
      throw malformed(`the content of ${wanted} is not what its digest says`);
    }
    const { mediaType } = parseManifest(bytes);
    return { bytes, descriptor: { mediaType, digest: wanted, size: bytes.length } };
  }

  async openBlob(descriptor: Descriptor): Promise<Readable> {
    const content = await this.#open(blobPath(descriptor.digest));
    return Readable.from(verified(content, descriptor), { objectMode: false });
  }

  async #readIndex(): Promise<Index> {
    const index = parseManifest(await this.#readDocument("index.json"), mediaTypes.ociIndex);
    if (!isIndex(index)) throw malformed(`index.json of ${this.name} is no index`);
    return index;
  }

  /** Several entries with one name are taken as variants for several platforms. */
  #choose(index: Index): Digest {
    const { tag } = this.#layout;
    const named = index.manifests.filter(
      ({ annotations }) => annotations?.[tagAnnotation] === (tag ?? "latest"),
    );
    const manifests = tag === undefined && named.length === 0 ? index.manifests : named;
    const [first, ...others] = manifests;
    if (first === undefined) throw this.#absent(index);
    if (others.every(({ digest }) => digest === first.digest)) return first.digest;
    if (this.#platform === undefined) throw this.#ambiguous(index);
    return selectManifest({ ...index, manifests }, this.#platform, this.name).digest;
  }

  async #readDocument(path: string): Promise<Buffer> {
    const read = await readBounded(await this.#open(path), manifestLimitBytes);
    if (read.kind === "complete") return read.bytes;
    throw malformed(`${path} of ${this.name} has more than ${manifestLimitBytes} bytes`);
  }

  async #open(path: string): Promise<Readable> {
    const content = await this.#openFile(path);
    if (content !== undefined) return content;
    throw this.#lacks(path);
  }

  #lacks(path: string): Error {
    if (path !== "index.json") return malformed(`${this.name} lacks ${path}`);
    return new ContextError("CONTEXT_NOT_FOUND", `${this.name} is no OCI image layout`, {
      hint: "Name a directory with an index.json, such as --oci-layout-path writes",
    });
  }

  #ambiguous(index: Index): UsageError {
    return new UsageError("USAGE_CONFLICT", `${this.name} stands for several images`, {
      hint: `Name one by tag or digest, or choose with --custom-platform. It has ${namesIn(index).join(", ") || "no names"}`,
    });
  }

  #absent(index: Index): ContextError {
    const names = namesIn(index);
    return new ContextError("CONTEXT_NOT_FOUND", `${this.name} has no image of this name`, {
      hint: names.length === 0 ? "Name it by digest" : `It has ${names.join(", ")}`,
    });
  }
}

function namesIn({ manifests }: Index): readonly string[] {
  const names = manifests.flatMap(({ annotations }) => annotations?.[tagAnnotation] ?? []);
  return [...new Set(names)];
}

async function openFileIn(
  directory: string,
  path: string,
  name: string,
): Promise<Readable | undefined> {
  try {
    // A fifo in the place of a file must not keep us waiting.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK;
    const file = await open(join(directory, path), flags);
    if ((await file.stat()).isFile()) return file.createReadStream();
    await file.close();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw new ContextError("CONTEXT_UNREADABLE", `${path} of ${name} cannot be read`, {
      cause: error,
    });
  }
  throw malformed(`${path} of ${name} is no file`);
}

function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(":", "/")}`;
}
