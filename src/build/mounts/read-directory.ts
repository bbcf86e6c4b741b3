import { isBuilderError } from "../../errors/builder-error.ts";
import { filesystemError } from "../../errors/filesystem-error.ts";
import type { DirectoryNode, LeafNode } from "../../filetree/node.ts";
import { FileTree, joinPath } from "../../filetree/tree.ts";
import type { Contents } from "../../layer/contents.ts";
import { unchangedFiles } from "../../rootfs/compare-files.ts";
import { type Fingerprints, scanDirectory } from "../../rootfs/scan-directory.ts";

/** What a directory was filled with, before any command had it. */
export interface FilledDirectory {
  readonly tree: FileTree;
  readonly fingerprints: Fingerprints;
}

/**
 * The files that a cache's directory holds, which nobody may change before they have been put into a layer. Those
 * that are as they were when it was filled keep their nodes. Of one that others have filled, times are whole
 * seconds, as layers have them.
 *
 * @throws FILESYSTEM_FAILED, and what reading contents throws.
 */
export async function readDirectory(
  directory: string,
  filled: FilledDirectory | undefined,
  contents: Pick<Contents, "forEachContent">,
): Promise<FileTree> {
  const before = filled?.tree ?? new FileTree();
  const { uid, gid } = before.root;
  const fingerprints = filled?.fingerprints ?? new Map<string, string>();
  const known = { before, fingerprints, untouched: new Set<string>(), hidden: [] };
  try {
    const { tree } = await scanDirectory(
      directory,
      { ...known, maker: { uid, gid } },
      { unchanged: (doubtful) => unchangedFiles(doubtful, contents), passing: true },
    );
    return filled === undefined ? withWholeSeconds(tree) : tree;
  } catch (error) {
    throw isBuilderError(error) ? error : filesystemError("read a cache mount", error);
  }
}

function withWholeSeconds(tree: FileTree): FileTree {
  const changed = new Map<LeafNode, LeafNode>();
  for (const [path, node] of leavesOf("", tree.root)) {
    const { seconds } = node.mtime;
    const now = changed.get(node) ?? { ...node, mtime: { seconds, nanoseconds: 0 } };
    changed.set(node, now);
    tree.setLeaf(path, now);
  }
  return tree;
}

function leavesOf(path: string, directory: DirectoryNode): [path: string, node: LeafNode][] {
  return [...directory.children].flatMap(([name, node]): [string, LeafNode][] => {
    const below = joinPath(path, name);
    return node.type === "directory" ? leavesOf(below, node) : [[below, node]];
  });
}
