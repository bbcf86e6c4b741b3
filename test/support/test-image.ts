import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { digestOf } from "../../src/image/digest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import type { Repository } from "../../src/image/reference.ts";
import type { Document, FinishedImage, ImageLayer } from "../../src/output/output.ts";

export interface TestLayerOptions {
  readonly compression?: "none" | "gzip" | "zstd";
  readonly origin?: Repository;
  readonly mediaType?: string;
}

const compressions = {
  none: { mediaType: mediaTypes.ociLayer, compress: (bytes: Buffer) => bytes },
  gzip: { mediaType: mediaTypes.ociLayerGzip, compress: (bytes: Buffer) => gzipSync(bytes) },
  zstd: {
    mediaType: mediaTypes.ociLayerZstd,
    compress: (bytes: Buffer) => zstdCompressSync(bytes),
  },
};

/** A layer that holds `content`, which need not be an archive where nobody unpacks it. */
export function testLayer(content: string | Buffer, options: TestLayerOptions = {}): ImageLayer {
  const { mediaType, compress } = compressions[options.compression ?? "none"];
  const plain = Buffer.from(content);
  const blob = compress(plain);
  return {
    diffId: digestOf(plain),
    descriptor: {
      mediaType: options.mediaType ?? mediaType,
      digest: digestOf(blob),
      size: blob.length,
    },
    ...(options.origin === undefined ? {} : { origin: options.origin }),
    open: () => Promise.resolve(Readable.from([blob])),
  };
}

/** An image of these layers, for linux/amd64. */
export function testImage(layers: readonly ImageLayer[]): FinishedImage {
  const config = document(mediaTypes.ociConfig, {
    architecture: "amd64",
    os: "linux",
    config: { Cmd: ["/true"] },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const manifest = document(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return { manifest, config, layers };
}

function document(mediaType: string, value: object): Document {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}
