import { createHash } from "node:crypto";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { isBuilderError } from "../errors/builder-error.ts";
import { archivePath } from "../filetree/archive-path.ts";
import type { LinkEntry, PutEntry } from "../filetree/layer-entry.ts";
import type { FileContent, FileNode, LayerSource } from "../filetree/node.ts";
import { digestFromHex } from "../image/digest.ts";
import { mediaTypes } from "../image/media-type.ts";
import { decompress } from "./compression.ts";
import type { Contents } from "./contents.ts";
import { hashing } from "./hashing.ts";
import { nodeOf } from "./tar-entry.ts";
import type { TarHeader } from "./tar-header.ts";
import { readTar } from "./tar-reader.ts";

/** A member of an archive that ADD unpacks; whiteouts have no meaning there. */
export type ArchiveEntry = PutEntry | LinkEntry;

/**
 * The members of the tar archive that `node` is, by its content: plain, gzip or zstd. Undefined
 * where it is none, or an empty one. Names that lead out of the archive's root stop there. The
 * contents of members refer to `node`, and are read when they are needed.
 *
 * @throws IMAGE_MALFORMED when the archive begins well and then is damaged.
 * @throws CONTEXT_UNREADABLE
 */
export async function readArchive(
  node: FileNode,
  contents: Contents,
): Promise<readonly ArchiveEntry[] | undefined> {
  const hash = createHash("sha256");
  const bytes = hashing(await contents.open(node), hash);
  const layer = new ArchiveSource(node, contents);
  const entries: ArchiveEntry[] = [];
  try {
    for await (const { header, offset } of readTar(decompress(bytes))) {
      const content = header.size === 0 ? empty : ({ kind: "layer", layer, offset } as const);
      entries.push(entryOf(header, content));
    }
  } catch (error) {
    if (entries.length === 0 && isBuilderError(error, "IMAGE_MALFORMED")) return undefined;
    throw error;
  }
  layer.descriptor = { ...layer.descriptor, digest: digestFromHex(hash.digest("hex")) };
  return entries.length === 0 ? undefined : entries;
}

const empty: FileContent = { kind: "empty" };

/** A file as the layer that its members' contents are read from. */
class ArchiveSource implements LayerSource {
  descriptor: LayerSource["descriptor"];
  readonly #node: FileNode;
  readonly #contents: Contents;

  constructor(node: FileNode, contents: Contents) {
    const digest = digestFromHex("0".repeat(64));
    this.descriptor = { mediaType: mediaTypes.ociLayer, digest, size: node.size };
    this.#node = node;
    this.#contents = contents;
  }

  async open(): ReturnType<LayerSource["open"]> {
    return Readable.from(await this.#contents.open(this.#node), { objectMode: false });
  }
}

function entryOf(header: TarHeader, content: FileContent): ArchiveEntry {
  const path = contained(header.name);
  if (header.type === "link") return { kind: "link", path, target: contained(header.linkName) };
  return { kind: "put", path, node: nodeOf(header, content) };
}

function contained(name: string): string {
  return archivePath(posix.join("/", name));
}
