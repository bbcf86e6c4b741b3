import type { LayerSource } from "../filetree/node.ts";
import type { Digest } from "../image/digest.ts";

/** A layer that this build has written: complete, hashed, in the spool. */
export interface LayerBlob extends LayerSource {
  /** Digest of the uncompressed tar archive. */
  readonly diffId: Digest;
  /** Absolute path of the blob; content-addressed, so equal layers share one file. */
  readonly path: string;
}

/** How new layers are compressed. */
export interface LayerCompression {
  readonly algorithm: "gzip" | "zstd" | "none";
  /** The algorithm's own scale; its default where absent. */
  readonly level?: number;
}
