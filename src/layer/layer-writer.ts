import { createHash } from "node:crypto";
import type { LayerChange } from "../filetree/diff.ts";
import { filesIn } from "../filetree/layer-entry.ts";
import type { FileNode } from "../filetree/node.ts";
import { digestFromHex } from "../image/digest.ts";
import { BlockPool } from "./block-pool.ts";
import { compressLayer, layerMediaTypes } from "./compress.ts";
import { type Contents, isPassing } from "./contents.ts";
import type { FileDigests } from "./file-digests.ts";
import { hashing } from "./hashing.ts";
import type { LayerBlob, LayerCompression } from "./layer-blob.ts";
import { openSpooled, type Spool } from "./spool.ts";
import { tarBlocks } from "./tar-blocks.ts";

export interface WriteLayerOptions {
  /** Where the bytes of files come from. */
  readonly contents: Contents;
  /** Where the layer goes. */
  readonly spool: Spool;
  /** Default gzip. */
  readonly compression?: LayerCompression;
  /** Later modification times (seconds since 1970) become this one: SOURCE_DATE_EPOCH. */
  readonly latestMtime?: number | undefined;
  /** Learns the digests of files' contents on the way. */
  readonly digests?: FileDigests;
  /** Learns where in the archive the bytes of each file begin. */
  readonly offsets?: Map<FileNode, number>;
}

/**
 * Writes a layer in one pass: each file is read, put into the archive, hashed, compressed, hashed
 * again and stored block by block. Equal changes give equal digests on every machine. No changes
 * give the layer that other builders write for an instruction that changed nothing. `changes` is gone through twice.
 *
 * @throws CONTEXT_UNREADABLE, IMAGE_MALFORMED when a file cannot be read; FILESYSTEM_NO_SPACE,
 *   FILESYSTEM_FAILED. Nothing is left in the spool then.
 */
export async function writeLayer(
  changes: Iterable<LayerChange>,
  options: WriteLayerOptions,
): Promise<LayerBlob> {
  const { contents, spool, compression = { algorithm: "gzip" }, latestMtime, digests } = options;
  await contents.prefetch(filesIn(changes));
  const diffId = createHash("sha256");
  const passing = new Map<FileNode, number>();
  const pool = new BlockPool();
  const archive = tarBlocks(changes, {
    pool,
    open: async (node) => {
      const body = await contents.open(node);
      return digests?.watch(node, body) ?? body;
    },
    placed: (node, offset) => {
      options.offsets?.set(node, offset);
      if (isPassing(node.content)) passing.set(node, offset);
    },
    latestMtime,
  });
  const blob = await spool.store(compressLayer(hashing(archive, diffId), compression, pool));
  const layer: LayerBlob = {
    descriptor: {
      mediaType: layerMediaTypes[compression.algorithm],
      digest: blob.digest,
      size: blob.size,
    },
    diffId: digestFromHex(diffId.digest("hex")),
    path: blob.path,
    open: () => openSpooled(blob),
  };
  contents.relocate(layer, passing);
  return layer;
}
