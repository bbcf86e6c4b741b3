import { type BigIntStats, readlinkSync } from "node:fs";
import { decodeName, fsPath } from "../filetree/name.ts";
import { type FileContent, fileNode, type LeafNode } from "../filetree/node.ts";
import { deviceNumbers } from "../filetree/stat-values.ts";
import { readMetadata, sameMetadata } from "./disk-metadata.ts";

/**
 * The node that the file at `path` is, as the disk says it; a regular file's content is `local`.
 * Undefined for a socket, which no layer can hold. The file is no directory.
 */
export function readLeaf(path: string, stats: BigIntStats): LeafNode | undefined {
  if (stats.isSocket()) return undefined;
  const metadata = readMetadata(path, stats);
  if (stats.isSymbolicLink()) {
    const target = decodeName(readlinkSync(fsPath(path), { encoding: "buffer" }));
    return { ...metadata, type: "symlink", target };
  }
  if (stats.isFIFO()) return { ...metadata, type: "fifo" };
  if (stats.isCharacterDevice()) {
    return { ...metadata, type: "character", ...deviceNumbers(stats.rdev) };
  }
  if (stats.isBlockDevice()) return { ...metadata, type: "block", ...deviceNumbers(stats.rdev) };
  const size = Number(stats.size);
  const content: FileContent = size === 0 ? { kind: "empty" } : { kind: "local", path };
  return fileNode(metadata, size, content);
}

/**
 * Whether two leaves are equal as far as can be told without reading contents.
 * The caller decides what an equal time is worth.
 */
export function sameLeaf(a: LeafNode, b: LeafNode): boolean {
  if (!sameMetadata(a, b)) return false;
  if (a.type === "file") return b.type === "file" && a.size === b.size;
  if (a.type === "symlink") return b.type === "symlink" && a.target === b.target;
  if (a.type === "fifo") return b.type === "fifo";
  return b.type === a.type && a.major === b.major && a.minor === b.minor;
}
