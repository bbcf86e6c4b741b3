import { pipeline } from "node:stream";
import { constants, createZstdCompress } from "node:zlib";
import { mediaTypes } from "../image/media-type.ts";
import { gzipBlocks } from "./gzip-blocks.ts";
import type { LayerCompression } from "./layer-blob.ts";

const defaultZstdLevel = 3;

/**
 * Compresses the blocks of a layer. Equal blocks and equal settings give equal bytes on every
 * machine; memory does not grow with their number.
 */
export function compressLayer(
  blocks: AsyncIterable<Buffer>,
  { algorithm, level }: LayerCompression,
): AsyncIterable<Uint8Array> {
  if (algorithm === "none") return blocks;
  return algorithm === "gzip" ? gzipBlocks(blocks, level) : zstdStream(blocks, level);
}

/** The media types of layers (OCI image specification, "Layer"), by their compression. */
export const layerMediaTypes = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
} as const satisfies Record<LayerCompression["algorithm"], string>;

async function* zstdStream(
  blocks: AsyncIterable<Buffer>,
  level: number = defaultZstdLevel,
): AsyncGenerator<Uint8Array> {
  const engine = createZstdCompress({
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  // A failure of `blocks` destroys the engine with that error, which its iteration throws.
  pipeline(blocks, engine, () => undefined);
  try {
    for await (const chunk of engine) yield chunk as Uint8Array;
  } finally {
    engine.destroy();
  }
}
