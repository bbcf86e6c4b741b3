import { expect } from "chai";
import { LayerApplier } from "../../src/filetree/apply.ts";
import type { LayerEntry } from "../../src/filetree/layer-entry.ts";
import type { LeafNode } from "../../src/filetree/node.ts";
import type { FileTree } from "../../src/filetree/tree.ts";
import { errorOf } from "../support/error-of.ts";
import { file, link, listing, someTime, treeOf } from "../support/tree.ts";

function applied(tree: FileTree, entries: readonly LayerEntry[]): FileTree {
  const applier = new LayerApplier(tree);
  for (const entry of entries) applier.apply(entry);
  return tree;
}

function put(path: string, node: LeafNode): LayerEntry {
  return { kind: "put", path, node };
}

function directory(path: string, mode = 0o755): LayerEntry {
  return { kind: "put", path, node: { type: "directory", mode, uid: 0, gid: 0, mtime: someTime } };
}

function lower(): FileTree {
  return treeOf({ "d/old": file("1"), "d/s/deep": file("2"), keep: file("3") });
}

const whiteout = (path: string): LayerEntry => ({ kind: "whiteout", path });
const opaque = (path: string): LayerEntry => ({ kind: "opaque", path });

describe("filetree/apply", () => {
  it("keeps the children of a directory that the layer has again", () => {
    const tree = treeOf({ "a/b": file("x") });

    applied(tree, [directory("a", 0o700)]);

    expect(listing(tree)).to.deep.equal(["a directory 700 0:0", "a/b file 644 0:0 x"]);
  });

  it("gives the root its metadata", () => {
    const tree = applied(treeOf({ a: file("x") }), [directory("", 0o711)]);

    expect(tree.root.mode).to.equal(0o711);
    expect(listing(tree)).to.deep.equal(["a file 644 0:0 x"]);
  });

  it("replaces files of other types, links to directories too", () => {
    const tree = treeOf({ "a/b": file("x"), c: link("a"), d: file("y") });

    applied(tree, [put("a", file("new")), directory("c"), put("d", link("a"))]);

    expect(listing(tree)).to.deep.equal([
      "a file 644 0:0 new",
      "c directory 755 0:0",
      "d -> a 0:0",
    ]);
  });

  it("makes directories that the layer does not mention", () => {
    expect(listing(applied(treeOf({}), [put("a/b/c", file("x"))]))).to.deep.equal([
      "a directory 755 0:0",
      "a/b directory 755 0:0",
      "a/b/c file 644 0:0 x",
    ]);
  });

  it("follows links on the way, but not at the end", () => {
    const tree = treeOf({ "usr/bin": 0o755, bin: link("usr/bin"), "usr/sbin": link("/bin") });

    applied(tree, [put("bin/sh", file("sh")), put("usr/sbin/su", file("su"))]);

    expect(tree.get("bin")?.type).to.equal("symlink");
    expect(listing(tree).filter((line) => line.includes("file"))).to.deep.equal([
      "usr/bin/sh file 644 0:0 sh",
      "usr/bin/su file 644 0:0 su",
    ]);
  });

  it("follows a link of the layer itself from the entry after it", () => {
    const tree = applied(treeOf({ "a/old": file("1"), b: 0o755 }), [
      put("a/first", file("2")),
      put("a", link("b")),
      put("a/second", file("3")),
    ]);

    expect(listing(tree)).to.deep.equal([
      "a -> b 0:0",
      "b directory 755 0:0",
      "b/second file 644 0:0 3",
    ]);
  });

  it("follows a link anew when the layer changes what it leads through", () => {
    const tree = treeOf({ "d/s/x": file("1"), "e/f/x": file("2"), l: link("d/s/..") });

    applied(tree, [put("l/s", link("/e/f")), put("l/new", file("3"))]);
    expect(tree.get("e/new")?.type).to.equal("file");
    applied(tree, [put("l/old", file("4")), whiteout("d/s"), put("l/new", file("5"))]);

    expect(tree.get("e/old")?.type).to.equal("file");
    expect(tree.get("d/new")?.type).to.equal("file");
  });

  it("makes the directory that a link without target means", () => {
    const tree = applied(treeOf({ lib: link("usr/lib") }), [put("lib/x", file("x"))]);

    expect(tree.get("usr/lib/x")?.type).to.equal("file");
  });

  describe("whiteouts", () => {
    it("hide what lower layers have", () => {
      const tree = applied(lower(), [whiteout("d/old"), whiteout("d/missing")]);

      expect(listing(tree)).to.deep.equal([
        "d directory 755 0:0",
        "d/s directory 755 0:0",
        "d/s/deep file 644 0:0 2",
        "keep file 644 0:0 3",
      ]);
    });

    const entries = [directory("d", 0o700), put("d/new", file("4")), put("d/s/new", file("5"))];
    const hidden = [
      "d directory 700 0:0",
      "d/new file 644 0:0 4",
      "d/s directory 755 0:0",
      "d/s/new file 644 0:0 5",
      "keep file 644 0:0 3",
    ];
    for (const [name, marker] of [
      ["a whiteout", whiteout("d")],
      ["an opaque marker", opaque("d")],
    ] as const) {
      it(`spare what the layer itself puts, with ${name} before it`, () => {
        expect(listing(applied(lower(), [marker, ...entries])).slice(0, 2)).to.deep.equal(
          hidden.slice(0, 2),
        );
      });

      it(`spare what the layer itself puts, with ${name} after it`, () => {
        expect(listing(applied(lower(), [...entries, marker]))).to.deep.equal(hidden);
      });
    }

    it("leave a directory that is only made opaque", () => {
      expect(listing(applied(lower(), [opaque("d")]))).to.deep.equal([
        "d directory 755 0:0",
        "keep file 644 0:0 3",
      ]);
    });

    it("empty the root", () => {
      expect(listing(applied(lower(), [put("new", file("4")), opaque("")]))).to.deep.equal([
        "new file 644 0:0 4",
      ]);
    });

    it("follow links on the way", () => {
      const tree = treeOf({ "usr/bin/sh": file("sh"), bin: link("usr/bin") });

      applied(tree, [whiteout("bin/sh")]);

      expect(tree.get("usr/bin/sh")).to.equal(undefined);
    });

    it("spare a hard link that the layer puts where a lower one was", () => {
      const tree = treeOf({ a: file("1"), b: file("2") });

      applied(tree, [{ kind: "link", path: "b", target: "a" }, whiteout("b")]);

      expect(tree.get("b")).to.equal(tree.get("a"));
    });
  });

  describe("hard links", () => {
    it("are the same node under two names, whatever it is", () => {
      const tree = treeOf({ "a/file": file("x"), symlink: link("a") });

      applied(tree, [
        { kind: "link", path: "b", target: "a/file" },
        { kind: "link", path: "c", target: "symlink" },
        { kind: "link", path: "d", target: "symlink/file" },
      ]);

      expect(tree.get("b")).to.equal(tree.get("a/file"));
      expect(tree.get("c")).to.equal(tree.get("symlink"));
      expect(tree.get("d")).to.equal(tree.get("a/file"));
    });

    for (const [name, target] of [
      ["is missing", "nowhere"],
      ["is a directory", "d"],
    ] as const) {
      it(`are refused when the target ${name}`, async () => {
        const tree = treeOf({ d: 0o755 });

        const error = await errorOf(() => applied(tree, [{ kind: "link", path: "l", target }]));

        expect(error.code).to.equal("IMAGE_MALFORMED");
        expect(error.message).to.contain(target);
      });
    }
  });

  describe("refuses", () => {
    const cases: [name: string, entries: LayerEntry[]][] = [
      ["an entry below a file", [put("f/x", file("1"))]],
      ["an entry far below a file", [put("f/x/y/z", file("1"))]],
      ["an entry below a link to a file", [put("l/x", file("1"))]],
      ["an entry below links that lead in a circle", [put("loop/x", file("1"))]],
      ["a root that is no directory", [put("", file("1"))]],
    ];
    for (const [name, entries] of cases) {
      it(name, async () => {
        const tree = treeOf({ f: file("f"), l: link("f"), loop: link("loop") });

        const error = await errorOf(() => applied(tree, entries));

        expect(error.code).to.equal("IMAGE_MALFORMED");
      });
    }
  });
});
