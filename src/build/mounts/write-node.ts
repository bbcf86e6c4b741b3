import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TreeNode } from "../../filetree/node.ts";
import { FileTree } from "../../filetree/tree.ts";
import type { Contents } from "../../layer/contents.ts";
import { writeMetadata } from "../../rootfs/disk-metadata.ts";
import { onDisk } from "../../rootfs/on-disk.ts";
import { ownerIds } from "../../rootfs/owner-ids.ts";
import { syncDirectory } from "../../rootfs/sync-directory.ts";

/** What a file is called that is a tree by itself. */
export const leafName = "file";
const doing = "write the files of a mount";

/**
 * Writes `node`, with all below it, and returns where it is: `directory` itself, which does not
 * exist yet, where it is one, else a file in there.
 *
 * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, and whatever reading a content throws.
 */
export async function writeNode(
  directory: string,
  node: TreeNode,
  contents: Pick<Contents, "forEachContent">,
): Promise<string> {
  onDisk(doing, () => mkdirSync(directory, { recursive: true }));
  const isDirectory = node.type === "directory";
  const tree = new FileTree(isDirectory ? node : undefined);
  if (!isDirectory) tree.setLeaf(leafName, node);
  await syncDirectory(directory, { from: new FileTree(), to: tree }, contents);
  onDisk(doing, () => writeMetadata(directory, tree.root, ownerIds()));
  return isDirectory ? directory : join(directory, leafName);
}
