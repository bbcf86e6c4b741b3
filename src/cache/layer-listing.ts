import { malformed } from "../errors/image-error.ts";
import type { LayerChange } from "../filetree/diff.ts";
import type { DirectoryEntry, LayerEntry } from "../filetree/layer-entry.ts";
import type { FileContent, FileNode, LayerSource, LeafNode } from "../filetree/node.ts";
import type { FileDigests } from "../layer/file-digests.ts";

/** What is known of a layer that has been written, beside its changes. */
export interface ListedLayer {
  /** Where in the archive the bytes of files begin. */
  readonly offsets: ReadonlyMap<FileNode, number>;
  readonly digests: FileDigests;
  /** Contents that are listed in whole: of files that builds read. */
  readonly whole: ReadonlyMap<FileNode, Uint8Array>;
  /** Later modification times (seconds since 1970) are this one in the layer. */
  readonly latestMtime: number | undefined;
}

/** One line of a listing: fields that say nothing are left out. */
interface Line {
  readonly kind: LayerChange["kind"];
  readonly path: string;
  readonly target?: string;
  readonly type?: LeafNode["type"] | "directory";
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly size?: number;
  readonly offset?: number;
  readonly digest?: string;
  readonly content?: string;
  readonly capability?: string;
  readonly device?: readonly [major: number, minor: number];
}

/**
 * What a layer says, without the bytes of its files: one JSON object a line, in the order of the archive.
 * Whoever has it knows the files without reading the layer.
 */
export function writeListing(changes: readonly LayerChange[], layer: ListedLayer): Buffer {
  const lines = changes.map((change) => JSON.stringify(lineOf(change, layer)));
  return Buffer.from(lines.map((line) => `${line}\n`).join(""), "utf8");
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

function lineOf(change: LayerChange, layer: ListedLayer): Line {
  const { kind, path } = change;
  if (kind === "whiteout") return { kind, path };
  if (kind === "link") return { kind, path, target: change.target };
  const { node } = change;
  const { type, mode, uid, gid } = node;
  const capability = node.xattrs?.get("security.capability");
  const mtime = Math.min(node.mtime.seconds, layer.latestMtime ?? Number.MAX_SAFE_INTEGER);
  const common = { kind, path, type, mode, uid, gid, mtime };
  return {
    ...common,
    ...(capability === undefined ? {} : { capability: base64(capability) }),
    ...detailsOf(node, layer),
  };
}

function detailsOf(node: LeafNode | DirectoryEntry, layer: ListedLayer): Partial<Line> {
  if (node.type === "symlink") return { target: node.target };
  if ("major" in node) return { device: [node.major, node.minor] };
  if (node.type !== "file") return {};
  const digest = layer.digests.get(node);
  const content = layer.whole.get(node);
  return {
    size: node.size,
    offset: layer.offsets.get(node) ?? 0,
    ...(digest === undefined ? {} : { digest }),
    ...(content === undefined ? {} : { content: base64(content) }),
  };
}

function entryOf(line: Line, layer: LayerSource, digests: FileDigests): LayerEntry {
  const { kind, path } = line;
  if (typeof path !== "string") throw new TypeError("a line has no path");
  if (kind === "whiteout") return { kind, path };
  if (kind === "link") return { kind, path, target: needed(line.target) };
  if (kind !== "put") throw new TypeError("a line is of no known kind");
  const node = nodeOf(line, layer);
  if (node.type === "file" && line.digest !== undefined) digests.set(node, line.digest);
  return { kind, path, node };
}

function nodeOf(line: Line, layer: LayerSource): LeafNode | DirectoryEntry {
  const { capability } = line;
  const metadata = {
    mode: needed(line.mode),
    uid: needed(line.uid),
    gid: needed(line.gid),
    mtime: { seconds: needed(line.mtime), nanoseconds: 0 },
    ...(capability === undefined
      ? {}
      : { xattrs: new Map([["security.capability", Buffer.from(capability, "base64")]]) }),
  };
  const type = needed(line.type);
  if (type === "symlink") return { ...metadata, type, target: needed(line.target) };
  if (type === "file") {
    return { ...metadata, type, size: needed(line.size), content: contentOf(line, layer) };
  }
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

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
