import { mediaTypes } from "../image/media-type.ts";
import { BlockPool } from "./block-pool.ts";
import { gzipBlocks } from "./gzip-blocks.ts";
import type { LayerCompression } from "./layer-blob.ts";
import { compressToFrames } from "./zstd-compress.ts";

/**
 * Compresses the blocks of a layer. Equal blocks and equal settings give equal bytes on every
 * machine; memory does not grow with their number. Blocks are given back to `pool`.
 */
export function compressLayer(
  blocks: AsyncIterable<Buffer>,
  { algorithm, level }: LayerCompression,
  pool = new BlockPool(),
): AsyncIterable<Uint8Array> {
  if (algorithm === "gzip") return gzipBlocks(blocks, level, pool);
  const inTurn = pool.inTurn(blocks);
  return algorithm === "none" ? inTurn : compressToFrames(inTurn, level);
}

/** The media types of layers (OCI image specification, "Layer"), by their compression. */
export const layerMediaTypes = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
} as const satisfies Record<LayerCompression["algorithm"], string>;
