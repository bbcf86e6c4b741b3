import { expect } from "chai";
import { readListing, writeListing } from "../../src/cache/layer-listing.ts";
import { LayerApplier } from "../../src/filetree/apply.ts";
import { diffTrees } from "../../src/filetree/diff.ts";
import type { FileNode } from "../../src/filetree/node.ts";
import type { FileTree } from "../../src/filetree/tree.ts";
import { Contents } from "../../src/layer/contents.ts";
import { FileDigests } from "../../src/layer/file-digests.ts";
import { applyLayer } from "../../src/layer/layer-tree.ts";
import { writeLayer } from "../../src/layer/layer-writer.ts";
import { Spool } from "../../src/layer/spool.ts";
import { writtenMetadata } from "../../src/layer/tar-blocks.ts";
import { errorFrom } from "../support/error-from.ts";
import { layerOf } from "../support/memory-layer.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";
import { file, link, treeOf } from "../support/tree.ts";

const before = treeOf({
  "etc/passwd": file("root:x:0:0:::\n"),
  "old/a": file("a"),
  keep: file("k"),
});

function changed(): FileTree {
  const tree = before.fork();
  const linked = file("linked", { mode: 0o4755, mtime: { seconds: 50, nanoseconds: 999 } });
  tree.remove("old");
  tree.setLeaf("keep", link("new/one"));
  tree.setLeaf("new/one", linked);
  tree.setLeaf("new/two", linked);
  tree.setLeaf("new/empty", file(""));
  tree.setLeaf("new/\udcff", file("no UTF-8", { uid: 1000, gid: 1001 }));
  tree.setLeaf(
    "new/capable",
    file("c", { xattrs: new Map([["security.capability", Buffer.from([1, 2])]]) }),
  );
  const special = { mode: 0o660, uid: 0, gid: 6, mtime: { seconds: 9, nanoseconds: 0 } };
  tree.setLeaf("new/disk", { ...special, type: "block", major: 8, minor: 1 });
  tree.setLeaf("new/pipe", { ...special, type: "fifo" });
  tree.setLeaf("etc/passwd", file("root:x:0:0:::\napp:x:1000:1000:::\n"));
  return tree;
}

describe("cache/layer-listing", () => {
  it("says of a layer what the layer itself says", async () => {
    await using directory = await makeTemporaryDirectory();
    await using contents = new Contents(directory.path);
    using spool = await Spool.open(directory.path);
    const digests = new FileDigests(contents);
    const changes = [...diffTrees(before, changed())];
    const latestMtime = 1_000_000_000;
    const offsets = new Map<FileNode, number>();
    const layer = await writeLayer(changes, { contents, spool, digests, latestMtime, offsets });
    const passwd = changed().get("etc/passwd");
    const whole = new Map(
      changes.flatMap((change) =>
        change.kind === "put" && change.path === "etc/passwd" && change.node.type === "file"
          ? [[change.node, Buffer.from("root:x:0:0:::\napp:x:1000:1000:::\n")] as const]
          : [],
      ),
    );

    const listing = writeListing(changes, {
      offsetOf: (node) => offsets.get(node),
      digestOf: (node) => digests.get(node),
      wholeOf: (node) => whole.get(node),
      metadataOf: (node) => writtenMetadata(node, latestMtime),
    });

    const fromLayer = before.fork();
    await applyLayer(fromLayer, layer, { diffId: layer.diffId });
    const fromListing = before.fork();
    const applier = new LayerApplier(fromListing);
    const known = new FileDigests(contents);
    for (const entry of readListing(listing, layer, known)) applier.apply(entry);
    expect(passwd?.type).to.equal("file");
    expect(withoutOwners(fromListing)).to.deep.equal(withoutOwners(fromLayer));
    expect(fromListing.get("new/one")).to.equal(fromListing.get("new/two"));
    const node = fromListing.get("new/one");
    expect(node?.type === "file" ? known.get(node) : "").to.match(/^[0-9a-f]{64}$/);
  });

  for (const [what, text] of [
    ["no JSON", "{"],
    ["a line without a path", '{"kind":"whiteout"}\n'],
    ["an unknown kind", '{"kind":"move","path":"a"}\n'],
    [
      "a file without a size",
      '{"kind":"put","path":"a","type":"file","mode":0,"uid":0,"gid":0,"mtime":0}\n',
    ],
    ["a hard link to nothing", '{"kind":"link","path":"a"}\n'],
  ] as const) {
    it(`refuses ${what}`, () => {
      const digests = new FileDigests({ forEachContent: () => Promise.resolve() });

      const error = errorFrom(() =>
        readListing(Buffer.from(text), layerOf(Buffer.alloc(0)), digests),
      );

      expect(error.code).to.equal("IMAGE_MALFORMED");
    });
  }
});

/** The tree as plain objects: directories without what only trees know of them. */
function withoutOwners(tree: FileTree): unknown {
  return JSON.parse(
    JSON.stringify(tree.root, (key, value: unknown) => {
      if (key === "owner" || key === "layer") return undefined;
      return value instanceof Map ? Object.fromEntries(value) : value;
    }),
  );
}
