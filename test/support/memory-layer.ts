import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import type { LayerChange } from "../../src/filetree/diff.ts";
import type { FileNode, LayerSource } from "../../src/filetree/node.ts";
import { type Digest, digestOf } from "../../src/image/digest.ts";
import { BlockPool } from "../../src/layer/block-pool.ts";
import { bodyOf, type FileBody } from "../../src/layer/file-body.ts";
import { tarBlocks } from "../../src/layer/tar-blocks.ts";

/** A layer whose bytes are in memory. */
export interface MemoryLayer extends LayerSource {
  readonly diffId: Digest;
  /** The uncompressed archive. */
  readonly archive: Buffer;
  /** How many times it has been opened. */
  readonly opened: number;
}

/** A layer that holds this archive, stored as `stored` or, where that is absent, as gzip. */
export function layerOf(archive: Buffer, stored: Buffer = gzipSync(archive)): MemoryLayer {
  let opened = 0;
  return {
    archive,
    diffId: digestOf(archive),
    descriptor: {
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      digest: digestOf(stored),
      size: stored.length,
    },
    get opened() {
      return opened;
    },
    open() {
      opened += 1;
      return Promise.resolve(Readable.from([stored], { objectMode: false }));
    },
  };
}

/** A layer that says these changes; the content of files is inline or empty. */
export async function memoryLayer(changes: Iterable<LayerChange>): Promise<MemoryLayer> {
  return layerOf(await archiveOf(changes));
}

/** The uncompressed archive of these changes; the content of files is inline or empty. */
export async function archiveOf(changes: Iterable<LayerChange>): Promise<Buffer> {
  return Buffer.concat(
    await Array.fromAsync(tarBlocks(changes, { open: openInline, pool: new BlockPool() })),
  );
}

function openInline({ content }: FileNode): Promise<FileBody> {
  if (content.kind === "inline") return Promise.resolve(bodyOf(content.bytes));
  if (content.kind === "empty") return Promise.resolve(bodyOf(new Uint8Array(0)));
  throw new TypeError(`a memory layer cannot hold ${content.kind} content`);
}
