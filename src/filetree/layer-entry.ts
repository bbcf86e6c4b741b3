import type { FileNode, LeafNode, Metadata } from "./node.ts";

/** Begins the name of a file that stands for a deletion (OCI image specification, "Whiteouts"). */
export const whiteoutPrefix = ".wh.";

/** Name of the file that hides all that lower layers have in its directory ("Opaque Whiteout"). */
export const opaqueMarker = ".wh..wh..opq";

/** A directory as an archive has it: without children. */
export interface DirectoryEntry extends Metadata {
  readonly type: "directory";
}

/** Puts a file at `path`. A directory that is there already keeps its children. */
export interface PutEntry {
  readonly kind: "put";
  readonly path: string;
  readonly node: LeafNode | DirectoryEntry;
}

/** Makes `path` another name of what is at `target`. */
export interface LinkEntry {
  readonly kind: "link";
  readonly path: string;
  readonly target: string;
}

/** Deletes what lower layers have at `path`. */
export interface WhiteoutEntry {
  readonly kind: "whiteout";
  readonly path: string;
}

/** Deletes what lower layers have in the directory `path`, but not the directory. */
export interface OpaqueEntry {
  readonly kind: "opaque";
  readonly path: string;
}

/**
 * What one member of a layer's archive says. Paths are those of a `FileTree`: relative to the root,
 * without leading slash, `.` or `..`; what links on the way lead to is for the tree to tell.
 */
export type LayerEntry = PutEntry | LinkEntry | WhiteoutEntry | OpaqueEntry;

/** @yields the files that entries put, in their order. */
export function* filesIn(entries: Iterable<LayerEntry>): Generator<FileNode> {
  for (const entry of entries) {
    if (entry.kind === "put" && entry.node.type === "file") yield entry.node;
  }
}
