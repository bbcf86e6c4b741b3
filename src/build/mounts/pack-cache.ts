import type { MountImage, MountLayer } from "../../cache/mount-image.ts";
import { diffTrees, type LayerChange } from "../../filetree/diff.ts";
import type { FileNode } from "../../filetree/node.ts";
import { FileTree } from "../../filetree/tree.ts";
import type { Contents } from "../../layer/contents.ts";
import { layerChanges } from "../../layer/layer-changes.ts";
import { writeLayer } from "../../layer/layer-writer.ts";
import type { Spool } from "../../layer/spool.ts";

/** More of them make restoring slow. */
const mostLayers = 16;
/** What package managers keep is compressed already. */
const compression = { algorithm: "gzip", level: 1 } as const;

/** A stored cache, and the files that its layers are. */
export interface StoredFiles extends MountImage {
  readonly tree: FileTree;
}

/**
 * The layers that hold the files of `tree`: those of `stored` and one with what has changed since, or a single new
 * one where they have become too many, or hold twice as much as there is. Undefined where nothing has changed.
 *
 * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, and what reading contents throws.
 */
export async function packCache(
  tree: FileTree,
  stored: StoredFiles,
  parts: { readonly contents: Contents; readonly spool: Spool },
): Promise<MountImage | undefined> {
  const changes = [...(await layerChanges(stored.tree, tree, parts.contents))];
  if (changes.length === 0) return undefined;
  const { layers } = stored;
  const all = [...diffTrees(new FileTree(), tree)];
  const sum = layers.reduce((total, { bytes }) => total + bytes, bytesIn(changes));
  const isPackedAnew = layers.length >= mostLayers || sum > 2 * bytesIn(all);
  const packed = isPackedAnew ? all : changes;
  const written = await writeLayer(packed, { ...parts, compression });
  const layer: MountLayer = { ...written, bytes: bytesIn(packed) };
  return { layers: isPackedAnew ? [layer] : [...layers, layer] };
}

/** How many bytes the files of a tree have. */
export function bytesOf(tree: FileTree): number {
  return bytesIn([...diffTrees(new FileTree(), tree)]);
}

function bytesIn(changes: readonly LayerChange[]): number {
  const files = new Set<FileNode>();
  for (const change of changes) {
    if (change.kind === "put" && change.node.type === "file") files.add(change.node);
  }
  return [...files].reduce((total, { size }) => total + size, 0);
}
