import { createHash } from "node:crypto";
import type { LayerChange } from "../filetree/diff.ts";
import { changesBetween } from "../filetree/diff.ts";
import {
  type DirectoryEntry,
  filesIn,
  type LayerEntry,
  type OpaqueEntry,
} from "../filetree/layer-entry.ts";
import type { LeafNode } from "../filetree/node.ts";
import { FileTree } from "../filetree/tree.ts";
import type { FileDigests } from "../layer/file-digests.ts";
import { frame, type KeyPart } from "./cache-key.ts";

/** What a layer says: one that is to be written, or one that has been read. */
export type SaidChange = LayerChange | Exclude<LayerEntry, OpaqueEntry>;

/**
 * What stands for the changes that a layer makes: the sha256, in hex, of all that they say but modification
 * times. Contents that are not known yet are read.
 *
 * @throws what reading contents throws.
 */
export async function changesDigest(
  changes: Iterable<SaidChange>,
  digests: FileDigests,
): Promise<string> {
  await digests.find(filesIn(changes));
  const hash = createHash("sha256");
  for (const change of changes) hash.update(frame(partsOf(change, digests)), "utf8");
  return hash.digest("hex");
}

/** What stands for all files of a tree, in the same way. */
export async function treeDigest(tree: FileTree, digests: FileDigests): Promise<string> {
  const below = await changesDigest(changesBetween(new FileTree(), tree), digests);
  const { mode, uid, gid } = tree.root;
  return createHash("sha256")
    .update(frame([mode, uid, gid, below]), "utf8")
    .digest("hex");
}

function partsOf(change: SaidChange, digests: FileDigests): KeyPart {
  if (change.kind === "whiteout") return [change.kind, change.path];
  if (change.kind === "link") return [change.kind, change.path, change.target];
  return [change.kind, change.path, nodeParts(change.node, digests)];
}

function nodeParts(node: LeafNode | DirectoryEntry, digests: FileDigests): KeyPart {
  const { type, mode, uid, gid } = node;
  const capability = node.xattrs?.get("security.capability");
  const all = [type, mode, uid, gid, capability === undefined ? null : hex(capability)];
  if (type === "file") return [...all, node.size, digests.get(node) ?? null];
  if (type === "symlink") return [...all, node.target];
  if (type === "character" || type === "block") return [...all, node.major, node.minor];
  return all;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
