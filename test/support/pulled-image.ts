import { Readable } from "node:stream";
import type { ImageConfig } from "../../src/image/config.ts";
import { digestOf } from "../../src/image/digest.ts";
import type { Manifest } from "../../src/image/manifest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import type { PulledImage } from "../../src/registry/read-image.ts";
import type { MemoryLayer } from "./memory-layer.ts";

/** An image for linux/amd64 as `pullImage` gives it, from the repository r.example/base. */
export function pulledImage(
  layers: readonly MemoryLayer[],
  config: Partial<ImageConfig> = {},
): PulledImage {
  const complete: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    ...config,
  };
  const configBytes = Buffer.from(JSON.stringify(complete));
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: {
      mediaType: mediaTypes.ociConfig,
      digest: digestOf(configBytes),
      size: configBytes.length,
    },
    layers: layers.map(({ descriptor }) => descriptor),
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return {
    origin: { registry: "r.example", path: "base" },
    descriptor: { mediaType: manifest.mediaType, digest: digestOf(bytes), size: bytes.length },
    manifest,
    configBytes,
    config: complete,
    layers: layers.map((layer) => ({
      descriptor: layer.descriptor,
      open: async () => Readable.from(await layer.open(), { objectMode: false }),
    })),
  };
}
