import { malformed } from "../errors/image-error.ts";
import type { DirectoryEntry, LayerEntry } from "../filetree/layer-entry.ts";
import {
  type ExtendedAttributes,
  type FileContent,
  type FileNode,
  fileNode,
  type LayerSource,
  type LeafNode,
  type Metadata,
} from "../filetree/node.ts";
import type { FileDigests } from "../layer/file-digests.ts";

/** What is known of a layer, beside its entries. */
export interface ListedLayer {
  /** Where in the archive the bytes of a file begin. */
  readonly offsetOf: (node: FileNode) => number | undefined;
  /** The digest of a file's content, if it is known. */
  readonly digestOf: (node: FileNode) => string | undefined;
  /** Contents that are listed in whole: of files that builds read. */
  readonly wholeOf: (node: FileNode) => Uint8Array | undefined;
  /** The metadata of a node as the layer has it. */
  readonly metadataOf: (node: Metadata) => Metadata;
}

/** Text takes less memory as bytes, from this length on. */
const pieceLength = 64 * 1024;

/** One line of a listing: fields that say nothing are left out. */
interface Line {
  readonly kind: LayerEntry["kind"];
  readonly path: string;
  readonly target?: string;
  readonly type?: LeafNode["type"] | "directory";
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly nanoseconds?: number;
  readonly size?: number;
  readonly offset?: number;
  readonly digest?: string;
  readonly content?: string;
  /** By name, as base64. */
  readonly xattrs?: Readonly<Record<string, string>>;
  readonly device?: readonly [major: number, minor: number];
}

/**
 * What a layer says, without the bytes of its files: one JSON object a line, in the order of the archive.
 * Whoever has it knows the files without reading the layer.
 */
export function writeListing(entries: Iterable<LayerEntry>, layer: ListedLayer): Buffer {
  const pieces: Buffer[] = [];
  let lines = "";
  for (const entry of entries) {
    lines += `${JSON.stringify(lineOf(entry, layer))}\n`;
    if (lines.length < pieceLength) continue;
    pieces.push(Buffer.from(lines, "utf8"));
    lines = "";
  }
  return Buffer.concat([...pieces, Buffer.from(lines, "utf8")]);
}

/** The listing of a layer that has been read (`readEntries`), and is as it was then. */
export function writeListingOfRead(
  entries: readonly LayerEntry[],
  digestOf: ListedLayer["digestOf"],
): Buffer {
  return writeListing(entries, {
    offsetOf: ({ content }) => (content.kind === "layer" ? content.offset : undefined),
    digestOf,
    wholeOf: ({ content }) => (content.kind === "inline" ? content.bytes : undefined),
    metadataOf: (node) => node,
  });
}

/**
 * The entries of a listing, contents in `layer`. What it says of contents goes to `digests`.
 *
 * @throws IMAGE_MALFORMED when it is none.
 */
export function readListing(
  listing: Buffer,
  layer: LayerSource,
  digests: FileDigests,
): LayerEntry[] {
  const lines = listing.toString("utf8").split("\n").filter(Boolean);
  try {
    return lines.map((line) => entryOf(JSON.parse(line) as Line, layer, digests));
  } catch (error) {
    throw malformed("the list of a layer's files cannot be read", { cause: error });
  }
}

function lineOf(entry: LayerEntry, layer: ListedLayer): Line {
  const { kind, path } = entry;
  if (kind === "link") return { kind, path, target: entry.target };
  if (kind !== "put") return { kind, path };
  const { node } = entry;
  const { type } = node;
  const { mode, uid, gid, mtime, xattrs } = layer.metadataOf(node);
  const { seconds, nanoseconds } = mtime;
  return {
    kind,
    path,
    type,
    mode,
    uid,
    gid,
    mtime: seconds,
    ...(nanoseconds === 0 ? {} : { nanoseconds }),
    ...(xattrs === undefined ? {} : { xattrs: encodeXattrs(xattrs) }),
    ...detailsOf(node, layer),
  };
}

function detailsOf(node: LeafNode | DirectoryEntry, layer: ListedLayer): Partial<Line> {
  if (node.type === "symlink") return { target: node.target };
  if ("major" in node) return { device: [node.major, node.minor] };
  if (node.type !== "file") return {};
  const offset = layer.offsetOf(node);
  const digest = layer.digestOf(node);
  const content = layer.wholeOf(node);
  return {
    size: node.size,
    ...(offset === undefined ? {} : { offset }),
    ...(digest === undefined ? {} : { digest }),
    ...(content === undefined ? {} : { content: base64(content) }),
  };
}

function entryOf(line: Line, layer: LayerSource, digests: FileDigests): LayerEntry {
  const { kind, path } = line;
  if (typeof path !== "string") throw new TypeError("a line has no path");
  if (kind === "whiteout" || kind === "opaque") return { kind, path };
  if (kind === "link") return { kind, path, target: needed(line.target) };
  if (kind !== "put") throw new TypeError("a line is of no known kind");
  const node = nodeOf(line, layer);
  if (node.type === "file" && line.digest !== undefined) digests.set(node, line.digest);
  return { kind, path, node };
}

function nodeOf(line: Line, layer: LayerSource): LeafNode | DirectoryEntry {
  const { xattrs, nanoseconds = 0 } = line;
  const metadata = {
    mode: needed(line.mode),
    uid: needed(line.uid),
    gid: needed(line.gid),
    mtime: { seconds: needed(line.mtime), nanoseconds },
    ...(xattrs === undefined ? {} : { xattrs: decodeXattrs(xattrs) }),
  };
  const type = needed(line.type);
  if (type === "symlink") return { ...metadata, type, target: needed(line.target) };
  if (type === "file") return fileNode(metadata, needed(line.size), contentOf(line, layer));
  if (type === "character" || type === "block") {
    const [major, minor] = needed(line.device);
    return { ...metadata, type, major, minor };
  }
  return { ...metadata, type };
}

function contentOf({ size, offset, content }: Line, layer: LayerSource): FileContent {
  if (size === 0) return { kind: "empty" };
  if (content !== undefined) return { kind: "inline", bytes: Buffer.from(content, "base64") };
  return { kind: "layer", layer, offset: needed(offset) };
}

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError("a line lacks a field");
  return value;
}

function encodeXattrs(xattrs: ExtendedAttributes): Record<string, string> {
  return Object.fromEntries([...xattrs].map(([name, value]) => [name, base64(value)]));
}

function decodeXattrs(xattrs: Readonly<Record<string, string>>): ExtendedAttributes {
  const values = Object.entries(xattrs);
  return new Map(values.map(([name, value]) => [name, Buffer.from(value, "base64")]));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
