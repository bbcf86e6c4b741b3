import { createWriteStream } from "node:fs";
import { pipeline as pipelineOf, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import { isBuilderError } from "../errors/builder-error.ts";
import { RegistryError } from "../errors/registry-error.ts";
import { type Digest, hexOf } from "../image/digest.ts";
import { isForeignLayerType } from "../image/media-type.ts";
import { formatReference, type ImageReference } from "../image/reference.ts";
import { blockSize } from "../layer/tar-block.ts";
import { formatHeader, paddingAfter } from "../layer/tar-header.ts";
import { writeAtomically } from "../support/atomic-file.ts";
import type { FinishedImage, ImageLayer, Output } from "./output.ts";

export interface DockerArchiveOptions {
  /** The archive's path. */
  readonly file: string;
  /** Names that the image gets where it is loaded, each with a tag. */
  readonly names: readonly ImageReference[];
  readonly signal: AbortSignal;
}

/** A file in the archive. */
interface Member {
  readonly name: string;
  readonly size: number;
  readonly open: () => Promise<AsyncIterable<Uint8Array>>;
}

/**
 * Writes the archive that `docker save` makes and `docker load`, podman, skopeo and containerd read:
 * `manifest.json`, the configuration and the layers. Layers stay plain or gzip as they are; zstd,
 * which not every reader knows here, is undone. Foreign layers are in it like all others. The same image
 * gives the same bytes.
 */
export class DockerArchive implements Output {
  readonly #options: DockerArchiveOptions;

  constructor(options: DockerArchiveOptions) {
    this.#options = options;
  }

  /** Does nothing: an archive is written in one go. */
  startLayer(): void {}

  /** @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE, and what opening a layer throws. */
  async publish(image: FinishedImage): Promise<void> {
    const { file, names, signal } = this.#options;
    await writeAtomically(file, (path) =>
      pipeline(Readable.from(archiveOf(image, names)), createWriteStream(path), { signal }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

async function* archiveOf(
  { config, layers }: FinishedImage,
  names: readonly ImageReference[],
): AsyncGenerator<Uint8Array> {
  const configMember = memberOf(`${hexOf(config.descriptor.digest)}.json`, config.bytes);
  yield* writeMember(configMember);
  const members = new Map<Digest, Member>();
  for (const layer of layers) {
    if (members.has(layer.descriptor.digest)) continue;
    const member = await layerMember(layer);
    yield* writeMember(member);
    members.set(layer.descriptor.digest, member);
  }
  const manifest = [
    {
      Config: configMember.name,
      RepoTags: names.map(formatReference),
      Layers: layers.map(({ descriptor }) => members.get(descriptor.digest)?.name),
    },
  ];
  yield* writeMember(memberOf("manifest.json", Buffer.from(JSON.stringify(manifest))));
  yield Buffer.alloc(2 * blockSize);
}

function memberOf(name: string, bytes: Uint8Array): Member {
  return { name, size: bytes.length, open: () => Promise.resolve(Readable.from([bytes])) };
}

async function layerMember(layer: ImageLayer): Promise<Member> {
  const { mediaType, digest, size } = layer.descriptor;
  if (!mediaType.endsWith("zstd")) {
    const suffix = mediaType.endsWith("gzip") ? "tar.gz" : "tar";
    return { name: `${hexOf(digest)}.${suffix}`, size, open: () => openLayer(layer) };
  }
  const open = async (): Promise<AsyncIterable<Uint8Array>> =>
    // A fault of the blob destroys the decompressor too, and so reaches who reads it.
    pipelineOf(Readable.from(await openLayer(layer)), createZstdDecompress(), () => undefined);
  return { name: `${hexOf(layer.diffId)}.tar`, size: await lengthOf(await open()), open };
}

/** A foreign layer may be nowhere but at its URLs. Other outputs can name it there; an archive has to have it. */
async function openLayer({ descriptor, open }: ImageLayer): ReturnType<ImageLayer["open"]> {
  try {
    return await open();
  } catch (error) {
    const isForeign = isForeignLayerType(descriptor.mediaType);
    if (!isForeign || !isBuilderError(error, "REGISTRY_NOT_FOUND")) throw error;
    const message = `the archive has to have ${descriptor.digest}, a foreign layer that the registry does not have`;
    throw new RegistryError("REGISTRY_NOT_FOUND", message, {
      cause: error,
      hint: "Push the image, or write an OCI layout: both name the layer without having it",
    });
  }
}

/** A tar header says the size before the content: what is not known has to be read twice. */
async function lengthOf(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const chunk of stream) length += chunk.length;
  return length;
}

async function* writeMember({ name, size, open }: Member): AsyncGenerator<Uint8Array> {
  yield formatHeader({
    name,
    linkName: "",
    type: "file",
    size,
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: { seconds: 0, nanoseconds: 0 },
    major: 0,
    minor: 0,
  });
  yield* await open();
  yield Buffer.alloc(paddingAfter(size));
}
