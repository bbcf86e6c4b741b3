import type { Readable } from "node:stream";
import { ImageError } from "../errors/image-error.ts";
import type { ImageConfig } from "../image/config.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Manifest } from "../image/manifest.ts";
import { mediaTypes } from "../image/media-type.ts";
import { configLimitBytes, parseImageConfig } from "../image/parse-config.ts";
import { isIndex, parseManifest } from "../image/parse-manifest.ts";
import type { Platform } from "../image/platform.ts";
import { formatReference, type ImageReference, withDefaultTag } from "../image/reference.ts";
import { selectManifest } from "../image/select-manifest.ts";
import { readBounded } from "../support/read-bounded.ts";
import type { RegistryClient, RemoteManifest, RequestOptions } from "./registry-client.ts";

/** A layer of an image that lies elsewhere. */
export interface RemoteLayer {
  readonly descriptor: Descriptor;
  /** Opens the blob as stored; verified while it is read. */
  open(): Promise<Readable>;
}

/** An image for one platform: everything but the bytes of its layers, which are opened when needed. */
export interface PulledImage {
  readonly reference: ImageReference;
  /** Of the manifest, also where an index led to it. */
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  /** Exactly the bytes that the digest in the manifest is of. */
  readonly configBytes: Buffer;
  readonly config: ImageConfig;
  /** As many as the configuration has diff ids. */
  readonly layers: readonly RemoteLayer[];
}

export interface PullRequest extends RequestOptions {
  readonly reference: ImageReference;
  readonly platform: Platform;
}

const deepestIndex = 3;
const configTypes: ReadonlySet<string> = new Set([mediaTypes.ociConfig, mediaTypes.dockerConfig]);

/**
 * Resolves an image: of an index the manifest that runs best on `platform`; a manifest that is not in an
 * index is taken as it is, whatever its platform, as BuildKit does.
 *
 * @throws IMAGE_PLATFORM_UNAVAILABLE, IMAGE_MALFORMED, REGISTRY_*, CREDENTIALS_INVALID
 */
export async function pullImage(
  client: RegistryClient,
  request: PullRequest,
): Promise<PulledImage> {
  const reference = withDefaultTag(request.reference);
  const options = request.signal === undefined ? {} : { signal: request.signal };
  const { remote, manifest } = await resolve(client, { ...request, reference });
  assertImage(manifest, formatReference(reference));
  const configBytes = await readConfig(client, reference, { ...options, of: manifest.config });
  const config = parseImageConfig(configBytes);
  const known = config.rootfs.diff_ids.length;
  if (known !== manifest.layers.length) {
    throw new ImageError(
      "IMAGE_MALFORMED",
      `${formatReference(reference)} has ${manifest.layers.length} layers, and its configuration names ${known}`,
    );
  }
  const layers = manifest.layers.map((descriptor) => ({
    descriptor,
    open: () => client.openBlob(reference, descriptor, options),
  }));
  return { reference, descriptor: remote.descriptor, manifest, configBytes, config, layers };
}

interface Resolved {
  readonly remote: RemoteManifest;
  readonly manifest: Manifest;
}

async function resolve(client: RegistryClient, request: PullRequest): Promise<Resolved> {
  const { reference, platform, signal } = request;
  const name = formatReference(reference);
  let wanted = reference;
  for (let depth = 0; depth <= deepestIndex; depth += 1) {
    const remote = await client.fetchManifest(wanted, signal === undefined ? {} : { signal });
    const manifest = parseManifest(remote.bytes, remote.descriptor.mediaType);
    if (!isIndex(manifest)) return { remote, manifest };
    const { digest } = selectManifest(manifest, platform, name);
    wanted = { registry: reference.registry, path: reference.path, digest };
  }
  throw new ImageError("IMAGE_MALFORMED", `${name} is an index of indexes without end`);
}

function assertImage({ config }: Manifest, name: string): void {
  if (configTypes.has(config.mediaType)) return;
  throw new ImageError("IMAGE_MALFORMED", `${name} is not a container image`, {
    hint: `Its configuration is of type ${config.mediaType}`,
  });
}

async function readConfig(
  client: RegistryClient,
  reference: ImageReference,
  { of: descriptor, ...options }: RequestOptions & { readonly of: Descriptor },
): Promise<Buffer> {
  const name = formatReference(reference);
  if (descriptor.size > configLimitBytes) throw tooLong(name);
  const blob = await client.openBlob(reference, descriptor, options);
  const read = await readBounded(blob, configLimitBytes);
  if (read.kind === "too-long") throw tooLong(name);
  return read.bytes;
}

function tooLong(name: string): ImageError {
  return new ImageError(
    "IMAGE_MALFORMED",
    `the configuration of ${name} has more than ${configLimitBytes} bytes`,
  );
}
