import { mediaTypes } from "../image/media-type.ts";
import { gzipBlocks } from "./gzip-blocks.ts";
import type { LayerCompression } from "./layer-blob.ts";
import { compressToFrames } from "./zstd-compress.ts";

/**
 * Compresses the blocks of a layer. Equal blocks and equal settings give equal bytes on every
 * machine; memory does not grow with their number.
 */
export function compressLayer(
  blocks: AsyncIterable<Buffer>,
  { algorithm, level }: LayerCompression,
): AsyncIterable<Uint8Array> {
  if (algorithm === "none") return blocks;
  return algorithm === "gzip" ? gzipBlocks(blocks, level) : compressToFrames(blocks, level);
}

/** The media types of layers (OCI image specification, "Layer"), by their compression. */
export const layerMediaTypes = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
} as const satisfies Record<LayerCompression["algorithm"], string>;
