import { changesBetween, type LayerChange } from "../filetree/diff.ts";
import type { FileNode } from "../filetree/node.ts";
import type { FileTree } from "../filetree/tree.ts";
import { ByteReader } from "./byte-reader.ts";
import type { Contents } from "./contents.ts";

const chunkBytes = 64 * 1024;

/**
 * What a layer has to say to turn `before` into `after`. Where metadata cannot tell whether a file
 * is the same, both contents are read and compared, all of them in one pass over each layer.
 *
 * @throws what reading contents throws.
 */
export async function layerChanges(
  before: FileTree,
  after: FileTree,
  contents: Contents,
): Promise<Iterable<LayerChange>> {
  const doubts = new Map<string, readonly [FileNode, FileNode]>();
  const changes = changesBetween(before, after, {
    sameContent: (path, old, now) => {
      doubts.set(path, [old, now]);
      return false;
    },
  });
  if (doubts.size === 0) return changes;
  await contents.prefetch([...doubts.values()].flat());
  const same = new Set<string>();
  for (const [path, [old, now]] of doubts) {
    if (await hasSameBytes(contents, old, now)) same.add(path);
  }
  return changesBetween(before, after, { sameContent: (path) => same.has(path) });
}

async function hasSameBytes(contents: Contents, a: FileNode, b: FileNode): Promise<boolean> {
  const one = new ByteReader(await contents.open(a));
  const other = new ByteReader(await contents.open(b));
  try {
    for (;;) {
      const [left, right] = [await one.take(chunkBytes), await other.take(chunkBytes)];
      if (Buffer.compare(left, right) !== 0) return false;
      if (left.length === 0) return true;
    }
  } finally {
    await one.close();
    await other.close();
  }
}
