import type { Readable } from "node:stream";
import { ImageError } from "../errors/image-error.ts";
import type { ImageConfig } from "../image/config.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Digest } from "../image/digest.ts";
import type { Manifest } from "../image/manifest.ts";
import { mediaTypes } from "../image/media-type.ts";
import { configLimitBytes, parseImageConfig } from "../image/parse-config.ts";
import { isIndex, parseManifest } from "../image/parse-manifest.ts";
import type { Platform } from "../image/platform.ts";
import type { Repository } from "../image/reference.ts";
import { selectManifest } from "../image/select-manifest.ts";
import { readBounded } from "../support/read-bounded.ts";
import type { RemoteManifest } from "./registry-client.ts";

/** A layer of an image that lies elsewhere. */
export interface RemoteLayer {
  readonly descriptor: Descriptor;
  /** Opens the blob as stored; verified while it is read. */
  open(): Promise<Readable>;
}

/** An image for one platform: everything but the bytes of its layers, which are opened when needed. */
export interface PulledImage {
  /** The repository that it was read from; absent where that was no registry. */
  readonly origin?: Repository;
  /** Of the manifest, also where an index led to it. */
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  /** Exactly the bytes that the digest in the manifest is of. */
  readonly configBytes: Buffer;
  readonly config: ImageConfig;
  /** As many as the configuration has diff ids. */
  readonly layers: readonly RemoteLayer[];
}

/** A manifest or index, and the repository that it is from, if it is from one. */
export interface FoundManifest extends RemoteManifest {
  readonly origin?: Repository;
}

/** A place that an image is read from. Whatever it gives has been verified. */
export interface ImageSource {
  /** How messages call the image. */
  readonly name: string;
  /** The manifest or index with this digest; the one that was asked for where there is none. */
  manifest(digest: Digest | undefined): Promise<FoundManifest>;
  /** Opens a blob; the stream ends in an error where it is not what the descriptor says. */
  openBlob(descriptor: Descriptor): Promise<Readable>;
}

/** How many indexes may lead to an image. */
export const deepestIndex = 3;
const configTypes: ReadonlySet<string> = new Set([mediaTypes.ociConfig, mediaTypes.dockerConfig]);

/**
 * Resolves an image: of an index the manifest that runs best on `platform`; a manifest that is not in an
 * index is taken as it is, whatever its platform, as BuildKit does.
 *
 * @throws IMAGE_PLATFORM_UNAVAILABLE, IMAGE_MALFORMED, and whatever the source throws.
 */
export async function readImage(source: ImageSource, platform: Platform): Promise<PulledImage> {
  const { found, manifest } = await resolveManifest(source, platform);
  const { name } = source;
  assertImage(manifest, name);
  const configBytes = await readConfig(source, manifest.config);
  const config = parseImageConfig(configBytes);
  const known = config.rootfs.diff_ids.length;
  if (known !== manifest.layers.length) {
    throw new ImageError(
      "IMAGE_MALFORMED",
      `${name} has ${manifest.layers.length} layers, and its configuration names ${known}`,
    );
  }
  const layers = manifest.layers.map((descriptor) => ({
    descriptor,
    open: () => source.openBlob(descriptor),
  }));
  const { descriptor, origin } = found;
  const image = { descriptor, manifest, configBytes, config, layers };
  return origin === undefined ? image : { ...image, origin };
}

/** A manifest that is no index, as bytes and as what they say. */
export interface ResolvedManifest {
  readonly found: FoundManifest;
  readonly manifest: Manifest;
}

/**
 * Resolves what a source has for a platform, as `readImage` does, but asks for nothing below the manifest,
 * which need not be an image's.
 *
 * @throws IMAGE_PLATFORM_UNAVAILABLE, IMAGE_MALFORMED, and whatever the source throws.
 */
export async function resolveManifest(
  source: ImageSource,
  platform: Platform,
): Promise<ResolvedManifest> {
  let wanted: Digest | undefined;
  for (let depth = 0; depth <= deepestIndex; depth += 1) {
    const found = await source.manifest(wanted);
    const manifest = parseManifest(found.bytes, found.descriptor.mediaType);
    if (!isIndex(manifest)) return { found, manifest };
    wanted = selectManifest(manifest, platform, source.name).digest;
  }
  throw new ImageError("IMAGE_MALFORMED", `${source.name} is an index of indexes without end`);
}

/** Tells whether a manifest is that of a container image, and not of some other artifact. */
export function isImageManifest({ config }: Manifest): boolean {
  return configTypes.has(config.mediaType);
}

function assertImage(manifest: Manifest, name: string): void {
  if (isImageManifest(manifest)) return;
  throw new ImageError("IMAGE_MALFORMED", `${name} is not a container image`, {
    hint: `Its configuration is of type ${manifest.config.mediaType}`,
  });
}

async function readConfig(source: ImageSource, descriptor: Descriptor): Promise<Buffer> {
  if (descriptor.size > configLimitBytes) throw tooLong(source.name);
  const read = await readBounded(await source.openBlob(descriptor), configLimitBytes);
  if (read.kind === "too-long") throw tooLong(source.name);
  return read.bytes;
}

function tooLong(name: string): ImageError {
  return new ImageError(
    "IMAGE_MALFORMED",
    `the configuration of ${name} has more than ${configLimitBytes} bytes`,
  );
}
