import { malformed } from "../errors/image-error.ts";
import { InternalError } from "../errors/internal-error.ts";
import { archivePath } from "../filetree/archive-path.ts";
import {
  type DirectoryEntry,
  type LayerEntry,
  opaqueMarker,
  whiteoutPrefix,
} from "../filetree/layer-entry.ts";
import { type FileContent, fileNode, type LeafNode, type Metadata } from "../filetree/node.ts";
import { joinPath, parentOf } from "../filetree/tree.ts";
import type { TarHeader } from "./tar-header.ts";

/** Begins the names of AUFS's own files, which old images have and which say nothing. */
const aufsPrefix = ".wh..wh.";

/**
 * What a member of a layer's archive says, or undefined where it says nothing. `content` tells
 * where the bytes are, if it is a regular file.
 *
 * @throws IMAGE_MALFORMED when a name leads out of the root, or a whiteout names nothing.
 */
export function layerEntryOf(header: TarHeader, content: FileContent): LayerEntry | undefined {
  const path = archivePath(header.name);
  const [directory, name] = parentOf(path);
  if (name.startsWith(whiteoutPrefix)) return whiteoutOf(directory, name);
  if (header.type === "link") return { kind: "link", path, target: archivePath(header.linkName) };
  return { kind: "put", path, node: nodeOf(header, content) };
}

/** The node that a header describes. A hard link has none of its own: it must not come here. */
export function nodeOf(header: TarHeader, content: FileContent): LeafNode | DirectoryEntry {
  const { type, major, minor } = header;
  if (type === "file") return fileNode(header, header.size, content);
  const metadata = metadataOf(header);
  if (type === "symlink") return { type, ...metadata, target: header.linkName };
  if (type === "character" || type === "block") return { type, ...metadata, major, minor };
  if (type === "link") throw new InternalError("a hard link has no node of its own");
  return { type, ...metadata };
}

function metadataOf({ mode, uid, gid, mtime, xattrs }: TarHeader): Metadata {
  return xattrs === undefined ? { mode, uid, gid, mtime } : { mode, uid, gid, mtime, xattrs };
}

function whiteoutOf(directory: string, name: string): LayerEntry | undefined {
  if (name === opaqueMarker) return { kind: "opaque", path: directory };
  if (name.startsWith(aufsPrefix)) return undefined;
  const hidden = name.slice(whiteoutPrefix.length);
  if (hidden === "" || hidden === "." || hidden === "..") {
    const path = JSON.stringify(joinPath(directory, name));
    throw malformed(`the whiteout ${path} names no file`);
  }
  return { kind: "whiteout", path: joinPath(directory, hidden) };
}
