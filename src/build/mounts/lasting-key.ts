import { type CacheKey, cacheKeyOf } from "../../cache/cache-key.ts";
import { treeDigest } from "../../cache/files-digest.ts";
import { FileTree } from "../../filetree/tree.ts";
import type { FileDigests } from "../../layer/file-digests.ts";
import type { CacheRequest } from "./cache-directories.ts";
import { leafName } from "./write-node.ts";

/**
 * What stands for a cache beyond one build. Stages and images are other files from build to build under the same
 * name, and so what a new cache begins with is part of it.
 *
 * @throws what reading contents throws.
 */
export async function lastingKey(
  { key, seed }: CacheRequest,
  digests: FileDigests,
): Promise<CacheKey> {
  if (seed.type === "directory" && seed.children.size === 0) {
    return cacheKeyOf(["cache mount", key, null]);
  }
  const tree = new FileTree(seed.type === "directory" ? seed : undefined);
  if (seed.type !== "directory") tree.setLeaf(leafName, seed);
  return cacheKeyOf(["cache mount", key, await treeDigest(tree, digests)]);
}
