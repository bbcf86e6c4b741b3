import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { digestOf } from "../../src/image/digest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import type { Platform } from "../../src/image/platform.ts";
import { type ImageReference, parseReference } from "../../src/image/reference.ts";
import { silentLogger } from "../../src/log/logger.ts";
import {
  createRegistryClient,
  type RegistryClientOptions,
} from "../../src/registry/create-registry-client.ts";
import type {
  RegistryClient,
  RemoteManifest,
  UploadSource,
} from "../../src/registry/registry-client.ts";
import { defaultRegistryOptions } from "../../src/registry/registry-options.ts";

/** Makes a client that may use plain HTTP with `hosts`, retries without waiting, and has no credentials. */
export function openTestClient(
  hosts: readonly string[],
  options: Partial<RegistryClientOptions> = {},
): Promise<RegistryClient> {
  return createRegistryClient({
    credentials: [],
    userAgent: "slipway/test",
    log: silentLogger,
    registries: { ...defaultRegistryOptions, insecureRegistries: hosts },
    retry: { attempts: 4, baseDelayMs: 1, longestDelayMs: 1000 },
    ...options,
  });
}

/** A source whose facts a test can change. */
export interface TestSource extends UploadSource {
  descriptor: Descriptor;
  opened: number;
}

/** A source of `content`, which counts how often it was opened. */
export function sourceOf(
  content: Buffer | string,
  mediaType: string = mediaTypes.ociLayer,
): TestSource {
  const bytes = Buffer.from(content);
  return {
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
    opened: 0,
    open() {
      this.opened += 1;
      return Promise.resolve(Readable.from([bytes]));
    },
  };
}

/** A document of an image, ready to be pushed. */
export function documentOf(mediaType: string, content: object): RemoteManifest {
  const bytes = Buffer.from(JSON.stringify(content));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

/** Pushes an image with the given layers, which need not be archives, and gives its manifest. */
export async function pushTestImage(
  client: RegistryClient,
  name: string,
  image: { readonly layers: readonly string[]; readonly platform?: Platform },
): Promise<RemoteManifest> {
  const reference = parseReference(name);
  const layers = image.layers.map((layer) => sourceOf(layer));
  const config = JSON.stringify({
    os: "linux",
    architecture: "amd64",
    ...image.platform,
    rootfs: { type: "layers", diff_ids: layers.map(({ descriptor }) => descriptor.digest) },
  });
  const configSource = sourceOf(config, mediaTypes.ociConfig);
  for (const source of [...layers, configSource]) await client.pushBlob(reference, source);
  const manifest = documentOf(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: configSource.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  await client.putManifest(reference, manifest);
  return manifest;
}

/** Reads a whole blob. */
export async function readBlob(
  client: RegistryClient,
  reference: ImageReference,
  descriptor: Descriptor,
): Promise<string> {
  const bytes = await buffer(await client.openBlob(reference, descriptor));
  return bytes.toString();
}
