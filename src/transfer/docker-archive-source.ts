import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { ContextError } from "../errors/context-error.ts";
import { malformed } from "../errors/image-error.ts";
import { UsageError } from "../errors/usage-error.ts";
import type { ImageConfig } from "../image/config.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { type Digest, digestFromHex, digestOf } from "../image/digest.ts";
import { formatTypes, type ImageFormat, layerInFormat } from "../image/image-format.ts";
import { listOf, objectOf, optional, readString } from "../image/json.ts";
import type { Manifest } from "../image/manifest.ts";
import { mediaTypes } from "../image/media-type.ts";
import { configLimitBytes, parseImageConfig } from "../image/parse-config.ts";
import { manifestLimitBytes } from "../image/parse-manifest.ts";
import { verified } from "../image/verified.ts";
import { type Compression, decompress, sniffCompression } from "../layer/compression.ts";
import { hashing } from "../layer/hashing.ts";
import { toDocument } from "../output/document.ts";
import type { ImageSource } from "../registry/read-image.ts";
import { readBounded } from "../support/read-bounded.ts";
import type { TarFile } from "./tar-file.ts";

export interface ArchiveRequest {
  /** The tag of the name that the archive has for the image; needed where it has several images. */
  readonly tag: string | undefined;
  readonly format: ImageFormat;
}

const readImages = listOf(
  objectOf({
    Config: readString,
    RepoTags: optional(listOf(readString)),
    Layers: optional(listOf(readString)),
  }),
);
type ArchivedImage = ReturnType<typeof readImages>[number];

/**
 * Opens an image of an archive as `docker save` writes it (Docker image specification v1.2, "Combined Image
 * JSON + Filesystem Changeset Format"). A manifest is made for it; layers are taken as they are, and each
 * is held against the diff id that the configuration has for it.
 *
 * @throws CONTEXT_NOT_FOUND where the archive has no such image, USAGE_CONFLICT where it has several,
 * IMAGE_MALFORMED
 */
export async function openDockerArchive(
  archive: TarFile,
  { tag, format }: ArchiveRequest,
): Promise<ImageSource> {
  const images = await readListing(archive);
  const image = chooseImage(images, tag, archive.path);
  const configBytes = await readMember(archive, image.Config, configLimitBytes);
  const layers = await describeLayers(archive, image, parseImageConfig(configBytes));
  const types = formatTypes[format];
  const config = {
    mediaType: types.config,
    digest: digestOf(configBytes),
    size: configBytes.length,
  };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config,
    layers: layers.map(({ descriptor }) => layerInFormat(descriptor, format)),
  };
  const document = toDocument(manifest, manifest.mediaType, 2);
  const members = new Map(layers.map(({ descriptor, name }) => [descriptor.digest, name]));
  return {
    name: archive.path,
    manifest: (digest) =>
      digest === undefined || digest === document.descriptor.digest
        ? Promise.resolve(document)
        : Promise.reject(absent(archive.path, images)),
    openBlob: (descriptor) => {
      if (descriptor.digest === config.digest) return Promise.resolve(Readable.from([configBytes]));
      const content = openMember(archive, members.get(descriptor.digest) ?? "");
      return Promise.resolve(Readable.from(verified(content, descriptor), { objectMode: false }));
    },
  };
}

async function readListing(archive: TarFile): Promise<readonly ArchivedImage[]> {
  const bytes = await readMember(archive, "manifest.json", manifestLimitBytes);
  try {
    return readImages(JSON.parse(bytes.toString("utf8")), `manifest.json of ${archive.path}`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw malformed(`manifest.json of ${archive.path} is not JSON`, { cause: error });
  }
}

function chooseImage(
  images: readonly ArchivedImage[],
  tag: string | undefined,
  path: string,
): ArchivedImage {
  const named = images.filter(
    ({ RepoTags = [] }) => tag === undefined || RepoTags.some((name) => name.endsWith(`:${tag}`)),
  );
  const [only, ...others] = named;
  if (only === undefined) throw absent(path, images);
  if (others.every(({ Config }) => Config === only.Config)) return only;
  throw new UsageError("USAGE_CONFLICT", `${path} has several images`, {
    hint: `Name one by its tag, as ${path}:TAG. It has ${namesIn(named)}`,
  });
}

function absent(path: string, images: readonly ArchivedImage[]): ContextError {
  return new ContextError("CONTEXT_NOT_FOUND", `${path} has no image of this name`, {
    hint: `It has ${namesIn(images)}`,
  });
}

function namesIn(images: readonly ArchivedImage[]): string {
  return images.flatMap(({ RepoTags = [] }) => RepoTags).join(", ") || "no names";
}

/** A layer of the archive, in OCI's terms. */
interface ArchivedLayer {
  readonly name: string;
  readonly descriptor: Descriptor;
}

async function describeLayers(
  archive: TarFile,
  { Layers: names = [] }: ArchivedImage,
  { rootfs }: ImageConfig,
): Promise<readonly ArchivedLayer[]> {
  if (names.length !== rootfs.diff_ids.length) {
    throw malformed(
      `${archive.path} has ${names.length} layers, and the configuration names ${rootfs.diff_ids.length}`,
    );
  }
  const layers: ArchivedLayer[] = [];
  for (const [index, name] of names.entries()) {
    const { descriptor, diffId } = await describeLayer(archive, name);
    if (diffId !== rootfs.diff_ids[index]) {
      throw malformed(`${name} of ${archive.path} is not the layer that the configuration names`);
    }
    layers.push({ name, descriptor });
  }
  return layers;
}

const layerTypes: Readonly<Partial<Record<Compression, string>>> = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
};

/** Reads a layer once, for its digest and that of what it unpacks to. */
async function describeLayer(
  archive: TarFile,
  name: string,
): Promise<{ descriptor: Descriptor; diffId: Digest }> {
  const compression = await compressionOf(archive, name);
  const mediaType = layerTypes[compression];
  if (mediaType === undefined) {
    throw malformed(`${name} of ${archive.path} is compressed by ${compression}`);
  }
  const stored = createHash("sha256");
  const plain = createHash("sha256");
  let size = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of hashing(openMember(archive, name), stored)) {
      size += chunk.length;
      yield chunk;
    }
  };
  const isPlain = compression === "none";
  for await (const chunk of decompress(counted())) if (!isPlain) plain.update(chunk);
  const digest = digestFromHex(stored.digest("hex"));
  return {
    descriptor: { mediaType, digest, size },
    diffId: isPlain ? digest : digestFromHex(plain.digest("hex")),
  };
}

async function compressionOf(archive: TarFile, name: string): Promise<Compression> {
  for await (const chunk of openMember(archive, name)) return sniffCompression(chunk);
  return "none";
}

async function readMember(archive: TarFile, name: string, limitBytes: number): Promise<Buffer> {
  const read = await readBounded(openMember(archive, name), limitBytes);
  if (read.kind === "complete") return read.bytes;
  throw malformed(`${name} of ${archive.path} has more than ${limitBytes} bytes`);
}

function openMember(archive: TarFile, name: string): AsyncIterable<Uint8Array> {
  const content = archive.read(name);
  if (content === undefined) throw malformed(`${archive.path} lacks ${name}`);
  return content;
}
