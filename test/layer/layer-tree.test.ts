import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect } from "chai";
import { FileTree } from "../../src/filetree/tree.ts";
import { digestOf } from "../../src/image/digest.ts";
import { applyLayer } from "../../src/layer/layer-tree.ts";
import { errorOf } from "../support/error-of.ts";
import { layerOf, memoryLayer } from "../support/memory-layer.ts";
import { type RawTarEntry, rawTar } from "../support/raw-tar.ts";
import { file, listing } from "../support/tree.ts";

const hostile = (entry: RawTarEntry): Buffer => rawTar([entry]);

describe("layer/layer-tree", () => {
  it("fills the tree with nodes that know where their bytes are", async () => {
    const layer = await memoryLayer([{ kind: "put", path: "a/b", node: file("text") }]);
    const tree = new FileTree();

    await applyLayer(tree, layer, { diffId: layer.diffId });

    const node = tree.get("a/b");
    if (node?.type !== "file" || node.content.kind !== "layer") throw new Error("not in a layer");
    const { offset } = node.content;
    expect(node.content.layer).to.equal(layer);
    expect(layer.archive.toString("utf8", offset, offset + node.size)).to.equal("text");
  });

  it("knows empty files, and keeps the account files", async () => {
    const archive = rawTar([
      { name: "./etc/passwd", type: "0", body: "root:x:0:0" },
      { name: "etc/group", type: "0", body: "root:x:0:" },
      { name: "etc/empty", type: "0" },
    ]);
    const layer = layerOf(archive);
    const tree = new FileTree();

    await applyLayer(tree, layer, { diffId: layer.diffId });

    const content = (path: string): unknown => {
      const node = tree.get(path);
      return node?.type === "file" ? node.content : undefined;
    };
    expect(content("etc/empty")).to.deep.equal({ kind: "empty" });
    expect(content("etc/passwd")).to.deep.equal({
      kind: "inline",
      bytes: Buffer.from("root:x:0:0"),
    });
    expect(content("etc/group")).to.deep.equal({ kind: "inline", bytes: Buffer.from("root:x:0:") });
  });

  it("applies whiteouts of the archive to the layers below", async () => {
    const layers = [
      layerOf(
        rawTar([
          { name: "a/x", type: "0" },
          { name: "b/y", type: "0" },
          { name: "c", type: "0" },
        ]),
      ),
      layerOf(
        rawTar([
          { name: "a/new", type: "0" },
          { name: "a/.wh..wh..opq", type: "0" },
          { name: "b/.wh.y", type: "0" },
          { name: ".wh.c", type: "0" },
        ]),
      ),
    ];
    const tree = new FileTree();

    for (const layer of layers) await applyLayer(tree, layer, { diffId: layer.diffId });

    expect(listing(tree)).to.deep.equal([
      "a directory 755 0:0",
      "a/new file 644 0:0",
      "b directory 755 0:0",
    ]);
  });

  const archive = rawTar([{ name: "a", type: "0", body: "text" }]);
  for (const [name, stored] of [
    ["plain", archive],
    ["gzip", gzipSync(archive)],
    ["zstd", zstdCompressSync(archive)],
  ] as const) {
    it(`tells by its content that a layer is ${name}`, async () => {
      const layer = layerOf(archive, stored);
      const tree = new FileTree();

      await applyLayer(tree, layer, { diffId: layer.diffId });

      expect(listing(tree)).to.deep.equal(["a file 644 0:0"]);
    });
  }

  it("hashes what follows the end mark, too", async () => {
    const layer = layerOf(Buffer.concat([archive, Buffer.alloc(20_480)]));

    await applyLayer(new FileTree(), layer, { diffId: layer.diffId });
  });

  const cases: [name: string, archive: Buffer][] = [
    ["a name that leads out", hostile({ name: "../../etc/passwd", type: "0", body: "x" })],
    ["a whiteout that leads out", hostile({ name: "../.wh.etc", type: "0" })],
    ["a hard link that leads out", hostile({ name: "a", type: "1", link: "../../etc/shadow" })],
    ["a hard link to nothing", hostile({ name: "a", type: "1", link: "/etc/shadow" })],
    ["a cut off archive", archive.subarray(0, 514)],
    ["what is no archive", Buffer.from("<html>not found</html>".repeat(40))],
  ];
  for (const [name, bytes] of cases) {
    it(`refuses ${name}, and says in which layer`, async () => {
      const layer = layerOf(bytes);

      const error = await errorOf(applyLayer(new FileTree(), layer, { diffId: layer.diffId }));

      expect(error.code).to.equal("IMAGE_MALFORMED");
      expect(error.message).to.contain(layer.descriptor.digest);
      expect(error.hint).to.be.a("string");
    });
  }

  it("refuses an archive with another digest than the configuration says", async () => {
    const diffId = digestOf("other");

    const error = await errorOf(applyLayer(new FileTree(), layerOf(archive), { diffId }));

    expect(error.code).to.equal("IMAGE_MALFORMED");
    expect(error.message).to.contain(diffId);
  });

  it("refuses more entries than allowed", async () => {
    const layer = layerOf(rawTar(["a", "b", "c"].map((name) => ({ name, type: "0" }))));

    const error = await errorOf(
      applyLayer(new FileTree(), layer, { diffId: layer.diffId, maxEntries: 2 }),
    );

    expect(error.message).to.contain("more than 2 entries");
  });
});
