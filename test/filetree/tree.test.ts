import { expect } from "chai";
import * as fc from "fast-check";
import { FileTree } from "../../src/filetree/tree.ts";
import { heapKeptBy } from "../support/heap.ts";
import { actions, contentsOf, perform } from "../support/random-tree.ts";
import { file, link, listing, someTime, treeOf } from "../support/tree.ts";

const metadata = { mode: 0o700, uid: 1, gid: 2, mtime: someTime };

describe("filetree/tree", () => {
  it("makes missing directories as root's, octal 755", () => {
    const tree = new FileTree();

    tree.setLeaf("a/b/c", file("x"));

    expect(listing(tree)).to.deep.equal([
      "a directory 755 0:0",
      "a/b directory 755 0:0",
      "a/b/c file 644 0:0 x",
    ]);
  });

  it("keeps the children of a directory that gets new metadata", () => {
    const tree = treeOf({ "a/b": file("x") });

    tree.setDirectory("a", metadata);

    expect(listing(tree)).to.deep.equal(["a directory 700 1:2", "a/b file 644 0:0 x"]);
  });

  it("replaces a file by a directory, and a directory by a link", () => {
    const tree = treeOf({ a: file("x"), "b/c": file("y") });

    tree.setDirectory("a", metadata);
    tree.setLeaf("b", link("a"));

    expect(listing(tree)).to.deep.equal(["a directory 700 1:2", "b -> a 0:0"]);
  });

  it("has extended attributes of a directory only while they are set", () => {
    const tree = new FileTree();
    const xattrs = new Map([["user.x", Buffer.from("1")]]);

    tree.setDirectory("a", { ...metadata, xattrs });
    expect(tree.get("a")?.xattrs).to.equal(xattrs);
    tree.setDirectory("a", metadata);

    expect(tree.get("a")).not.to.have.property("xattrs");
  });

  it("empties a directory, and the root", () => {
    const tree = treeOf({ "a/b": file("x"), c: file("y") });

    tree.clear("a");
    tree.clear("c");
    expect(listing(tree)).to.deep.equal(["a directory 755 0:0", "c file 644 0:0 y"]);
    tree.remove("");

    expect(listing(tree)).to.deep.equal([]);
  });

  it("finds nothing below a file", () => {
    expect(treeOf({ a: file("x") }).get("a/b")).to.equal(undefined);
  });

  it("shares what a fork has not changed, and nothing else", () => {
    const tree = treeOf({ "a/b": file("x"), "c/d": file("y") });

    const fork = tree.fork();
    fork.setLeaf("a/e", file("z"));

    expect(fork.get("c")).to.equal(tree.get("c"));
    expect(fork.get("a")).not.to.equal(tree.get("a"));
    expect(fork.get("a/b")).to.equal(tree.get("a/b"));
  });

  it("keeps a tree and its forks independent, whichever is changed", () => {
    fc.assert(
      fc.property(actions, actions, actions, (first, second, third) => {
        const tree = new FileTree();
        perform(tree, first);
        const fork = tree.fork();
        const before = contentsOf(tree);

        perform(fork, second);
        expect(contentsOf(tree)).to.deep.equal(before);
        const forked = contentsOf(fork);
        perform(tree, third);

        expect(contentsOf(fork)).to.deep.equal(forked);
      }),
    );
  });

  it("does not keep the paths that names were cut from", async () => {
    const files = 10_000;
    const node = file("x");

    const bytes = await heapKeptBy(() => {
      const tree = new FileTree();
      for (let at = 0; at < files; at += 1) {
        tree.setLeaf(`usr/share/doc/${"long-".repeat(40)}/changelog-${at}.Debian.gz`, node);
      }
      return tree;
    });

    // A name of 24 characters takes 40 bytes, its entry in a map up to 60; the path would take 250 more.
    expect(bytes / files).to.be.below(150);
  });
});
