import { UsageError } from "../errors/usage-error.ts";
import type { ImageFormat } from "../image/image-format.ts";
import type { LayerCompression } from "../layer/layer-blob.ts";

/** What the flags say of compression. */
export interface CompressionValues {
  readonly compression: LayerCompression["algorithm"];
  readonly "compression-level": string | undefined;
}

/** Of zstd's levels, those that any decompressor has the memory for. */
const highestLevels = { gzip: 9, zstd: 19 } as const;

/**
 * How layers of an image in this format are to be compressed. The level -1 is kaniko's for "the default".
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readCompression(
  { compression: algorithm, "compression-level": text }: CompressionValues,
  format: ImageFormat,
): LayerCompression {
  if (algorithm === "zstd" && format === "docker") {
    throw new UsageError(
      "USAGE_CONFLICT",
      "--compression zstd does not go with --image-format docker, which has no word for it",
      { hint: "Use --image-format oci, or --compression gzip" },
    );
  }
  if (text === undefined || text === "-1") return { algorithm };
  if (algorithm === "none") {
    throw new UsageError(
      "USAGE_CONFLICT",
      "--compression-level does not go with --compression none",
      { hint: "Leave one of them out" },
    );
  }
  const level = /^[1-9][0-9]?$/.test(text) ? Number(text) : Number.NaN;
  const highest = highestLevels[algorithm];
  if (!(level <= highest)) {
    throw new UsageError(
      "USAGE_INVALID_VALUE",
      `--compression-level does not take ${JSON.stringify(text)}`,
      { hint: `For ${algorithm} it takes a whole number from 1 to ${highest}` },
    );
  }
  return { algorithm, level };
}
