import { expect } from "chai";
import { mergeTree } from "../../src/filetree/merge.ts";
import { file, link, listing, treeOf } from "../support/tree.ts";

describe("filetree/merge", () => {
  it("gives directories the metadata of the upper tree and keeps what they hold", () => {
    const target = treeOf({ d: 0o700, "d/old": file("o"), "d/both": file("lower") });

    mergeTree(target, treeOf({ d: 0o755, "d/both": file("upper"), "d/new": file("n") }));

    expect(listing(target)).to.deep.equal([
      "d directory 755 0:0",
      "d/both file 644 0:0 upper",
      "d/new file 644 0:0 n",
      "d/old file 644 0:0 o",
    ]);
  });

  it("replaces links, files and directories that are of another type", () => {
    const target = treeOf({ real: 0o755, l: link("real"), f: file("f"), "d/below": file("b") });

    mergeTree(target, treeOf({ "l/x": file("x"), "f/x": file("y"), d: file("z") }));

    expect(listing(target)).to.deep.equal([
      "d file 644 0:0 z",
      "f directory 755 0:0",
      "f/x file 644 0:0 y",
      "l directory 755 0:0",
      "l/x file 644 0:0 x",
      "real directory 755 0:0",
    ]);
  });

  it("leaves the root as it is, and hard links what they are", () => {
    const shared = file("s");
    const target = treeOf({ "": 0o700 });

    mergeTree(target, treeOf({ "": 0o777, a: shared, b: shared }));

    expect(target.root.mode).to.equal(0o700);
    expect(target.get("a")).to.equal(target.get("b"));
  });
});
