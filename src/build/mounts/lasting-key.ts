import { type CacheKey, cacheKeyOf, withoutOwners } from "../../cache/cache-key.ts";
import { treeDigest } from "../../cache/files-digest.ts";
import { FileTree } from "../../filetree/tree.ts";
import type { FileDigests } from "../../layer/file-digests.ts";
import type { CacheRequest } from "./cache-directories.ts";
import { leafName } from "./write-node.ts";

/** What keys of caches are made with. */
export interface LastingKeys {
  readonly digests: FileDigests;
  /** Whether files keep the owners that commands give them. */
  readonly keepsOwners: boolean;
}

/**
 * What stands for a cache beyond one build. Stages and images are other files from build to build under the same
 * name, and so what a new cache begins with is part of it. Commands that cannot give files owners have caches of their
 * own, or others would find those files to be root's.
 *
 * @throws what reading contents throws.
 */
export async function lastingKey(
  { key, seed }: CacheRequest,
  { digests, keepsOwners }: LastingKeys,
): Promise<CacheKey> {
  const shared = await sharedKey({ key, seed }, digests);
  return keepsOwners ? shared : withoutOwners(shared);
}

async function sharedKey(
  { key, seed }: Pick<CacheRequest, "key" | "seed">,
  digests: FileDigests,
): Promise<CacheKey> {
  if (seed.type === "directory" && seed.children.size === 0) {
    return cacheKeyOf(["cache mount", key, null]);
  }
  const tree = new FileTree(seed.type === "directory" ? seed : undefined);
  if (seed.type !== "directory") tree.setLeaf(leafName, seed);
  return cacheKeyOf(["cache mount", key, await treeDigest(tree, digests)]);
}
