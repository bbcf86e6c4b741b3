import type { LayerChange } from "../filetree/diff.ts";
import { whiteoutPrefix } from "../filetree/layer-entry.ts";
import type { FileNode, Metadata } from "../filetree/node.ts";
import { joinPath, parentOf } from "../filetree/tree.ts";
import type { BlockPool } from "./block-pool.ts";
import type { FileBody } from "./file-body.ts";
import { blockSize } from "./tar-block.ts";
import { formatHeader, paddingAfter, type TarHeader } from "./tar-header.ts";

export interface TarBlocksOptions {
  /** Gives the bytes of a file. */
  readonly open: (node: FileNode) => Promise<FileBody>;
  /** Told where in the archive the bytes of a file begin. */
  readonly placed?: (node: FileNode, offset: number) => void;
  /** Later modification times (seconds since 1970) are set to this one. */
  readonly latestMtime?: number | undefined;
  /** Where blocks are taken from. */
  readonly pool: BlockPool;
}

/** As many as are needed at a time. */
const zeros = Buffer.alloc(2 * blockSize);
const noMetadata = { mode: 0, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 } } as const;
const noDetails = { linkName: "", size: 0, major: 0, minor: 0 } as const;

/**
 * The archive of a layer, in blocks of a fixed size so that they can be compressed one by one. Each
 * file is read when its turn comes; small ones of the same block cost no more than a copy.
 *
 * Of extended attributes only `security.capability` is written, as by other builders: the others
 * depend on the machine.
 *
 * @yields blocks of `pool`; all but the last are full.
 */
export async function* tarBlocks(
  changes: Iterable<LayerChange>,
  options: TarBlocksOptions,
): AsyncGenerator<Buffer> {
  const blocks = new BlockFiller(options.pool);
  for (const change of changes) {
    blocks.add(formatHeader(headerOf(change, options.latestMtime)));
    if (change.kind === "put" && change.node.type === "file") {
      const body = await options.open(change.node);
      options.placed?.(change.node, blocks.length);
      for await (const chunk of body.whole === undefined ? body : [body.whole]) {
        blocks.add(chunk);
        yield* blocks.takeFull();
      }
      blocks.addZeros(paddingAfter(body.size));
    }
    yield* blocks.takeFull();
  }
  blocks.addZeros(2 * blockSize);
  yield* blocks.takeFull();
  const rest = blocks.takeRest();
  if (rest.length > 0) yield rest;
}

/** Collects bytes to blocks. */
class BlockFiller {
  readonly #pool: BlockPool;
  #full: Buffer[] = [];
  #block: Buffer;
  #used = 0;
  /** All bytes so far. */
  length = 0;

  constructor(pool: BlockPool) {
    this.#pool = pool;
    this.#block = pool.take();
  }

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + this.#block.length - this.#used);
      this.#block.set(piece, this.#used);
      this.length += piece.length;
      at += piece.length;
      this.#advance(piece.length);
    }
  }

  addZeros(count: number): void {
    this.add(zeros.subarray(0, count));
  }

  takeFull(): Buffer[] {
    const full = this.#full;
    if (full.length > 0) this.#full = [];
    return full;
  }

  takeRest(): Buffer {
    return this.#block.subarray(0, this.#used);
  }

  #advance(count: number): void {
    this.#used += count;
    if (this.#used < this.#block.length) return;
    this.#full.push(this.#block);
    this.#block = this.#pool.take();
    this.#used = 0;
  }
}

function headerOf(change: LayerChange, latestMtime: number | undefined): TarHeader {
  if (change.kind === "whiteout") {
    const [directory, name] = parentOf(change.path);
    const marker = joinPath(directory, whiteoutPrefix + name);
    return { ...noDetails, ...noMetadata, type: "file", name: marker };
  }
  const { node, path } = change;
  const header = { ...noDetails, ...writtenMetadata(node, latestMtime), name: path };
  if (change.kind === "link") return { ...header, type: "link", linkName: change.target };
  const { type } = node;
  if (type === "directory") return { ...header, type, name: `${path}/` };
  if (type === "file") return { ...header, type, size: node.size };
  if (type === "symlink") return { ...header, type, linkName: node.target };
  if (type === "fifo") return { ...header, type };
  return { ...header, type, major: node.major, minor: node.minor };
}

/** The metadata of a node as the archive of a layer has it. */
export function writtenMetadata(node: Metadata, latestMtime = Number.MAX_SAFE_INTEGER): Metadata {
  const seconds = Math.min(node.mtime.seconds, latestMtime);
  const capability = node.xattrs?.get("security.capability");
  return {
    mode: node.mode,
    uid: node.uid,
    gid: node.gid,
    mtime: { seconds, nanoseconds: 0 },
    ...(capability === undefined ? {} : { xattrs: new Map([["security.capability", capability]]) }),
  };
}
