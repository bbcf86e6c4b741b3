import { expect } from "chai";
import { changesDigest, treeDigest } from "../../src/cache/files-digest.ts";
import type { LayerChange } from "../../src/filetree/diff.ts";
import type { FileTree } from "../../src/filetree/tree.ts";
import { Contents } from "../../src/layer/contents.ts";
import { FileDigests } from "../../src/layer/file-digests.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { file, link, treeOf } from "../support/tree.ts";

const later = { seconds: 2_000_000_000, nanoseconds: 5 };
const capability = new Map([["security.capability", Buffer.from("cap")]]);
const device = { type: "character", mode: 0o600, uid: 0, gid: 0, mtime: later, major: 1 } as const;

describe("cache/files-digest", () => {
  let directory: TemporaryDirectory;
  let digests: FileDigests;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    digests = new FileDigests(new Contents(directory.path));
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  const base = { "d/f": file("text"), "d/l": link("f") };

  it("does not depend on modification times, nor on how the tree came about", async () => {
    const other = treeOf({ "d/l": link("f"), "d/f": file("text", { mtime: later }) });
    other.setLeaf("gone", file("x"));
    other.remove("gone");

    expect(await treeDigest(other, digests)).to.equal(await treeDigest(treeOf(base), digests));
  });

  const shared = file("text");
  const others: readonly (readonly [string, FileTree])[] = [
    ["a content of the same size", treeOf({ ...base, "d/f": file("tent") })],
    ["a name", treeOf({ "d/g": file("text"), "d/l": link("f") })],
    ["a mode", treeOf({ ...base, "d/f": file("text", { mode: 0o755 }) })],
    ["an owner", treeOf({ ...base, "d/f": file("text", { uid: 1 }) })],
    ["a group", treeOf({ ...base, "d/f": file("text", { gid: 1 }) })],
    ["a capability", treeOf({ ...base, "d/f": file("text", { xattrs: capability }) })],
    ["a link's target", treeOf({ ...base, "d/l": link("g") })],
    ["a directory's mode", treeOf({ ...base, d: 0o700 })],
    ["an empty directory", treeOf({ ...base, e: 0o755 })],
    ["a hard link", treeOf({ ...base, "d/f": shared, "d/h": shared })],
    ["a copy in place of a hard link", treeOf({ ...base, "d/f": shared, "d/h": file("text") })],
    ["a device", treeOf({ ...base, n: { ...device, minor: 3 } })],
    ["its number", treeOf({ ...base, n: { ...device, minor: 5 } })],
    ["the mode of the root", withRoot(treeOf(base), 0o711)],
  ];
  it("tells everything else that a layer can say", async () => {
    const all = await Promise.all(
      [treeOf(base), ...others.map(([, tree]) => tree)].map((tree) => treeDigest(tree, digests)),
    );

    expect(new Set(all).size).to.equal(all.length);
  });

  it("tells what is deleted", async () => {
    const changes: LayerChange[] = [{ kind: "whiteout", path: "d/f" }];
    const other: LayerChange[] = [{ kind: "whiteout", path: "d/g" }];

    expect(await changesDigest(changes, digests)).not.to.equal(await changesDigest(other, digests));
  });
});

function withRoot(tree: FileTree, mode: number): FileTree {
  tree.setDirectory("", { mode, uid: 0, gid: 0, mtime: later });
  return tree;
}
