import { expect } from "chai";
import { FileTree } from "../../src/filetree/tree.ts";
import { Contents } from "../../src/layer/contents.ts";
import { layerChanges } from "../../src/layer/layer-changes.ts";
import { applyLayer } from "../../src/layer/layer-tree.ts";
import { memoryLayer } from "../support/memory-layer.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { file, treeOf } from "../support/tree.ts";

const large = "0123456789".repeat(30_000);
const texts = { same: "text", other: "text", sameLarge: large, otherLarge: large };

describe("layer/layer-changes", () => {
  let directory: TemporaryDirectory;
  let contents: Contents;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    contents = new Contents(directory.path);
  });

  afterEach(async () => {
    await contents[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  it("compares contents where metadata cannot tell, in one pass over the layer", async () => {
    const layer = await memoryLayer(
      Object.entries(texts).map(([path, text]) => ({ kind: "put", path, node: file(text) })),
    );
    const before = new FileTree();
    await applyLayer(before, layer, { diffId: layer.diffId });
    const after = treeOf({
      same: file("text"),
      other: file("test"),
      sameLarge: file(large),
      otherLarge: file(`${large.slice(0, -1)}x`),
    });

    const changes = [...(await layerChanges(before, after, contents))];

    expect(changes.map(({ path }) => path)).to.deep.equal(["other", "otherLarge"]);
    expect(layer.opened).to.equal(2);
  });

  it("reads nothing where metadata tells", async () => {
    const layer = await memoryLayer([{ kind: "put", path: "a", node: file("text") }]);
    const before = new FileTree();
    await applyLayer(before, layer, { diffId: layer.diffId });
    const after = before.fork();
    after.setLeaf("b", file("text"));

    const changes = [...(await layerChanges(before, after, contents))];

    expect(changes.map(({ path }) => path)).to.deep.equal(["b"]);
    expect(layer.opened).to.equal(1);
  });
});
