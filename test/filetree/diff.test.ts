import { expect } from "chai";
import * as fc from "fast-check";
import { LayerApplier } from "../../src/filetree/apply.ts";
import {
  changesBetween,
  type DiffOptions,
  diffTrees,
  type LayerChange,
} from "../../src/filetree/diff.ts";
import type { FileContent, LayerSource, LeafNode } from "../../src/filetree/node.ts";
import { FileTree } from "../../src/filetree/tree.ts";
import { heapKeptBy } from "../support/heap.ts";
import { actions, contentsOf, perform } from "../support/random-tree.ts";
import { file, link, someTime, treeOf } from "../support/tree.ts";

function diff(before: FileTree, after: FileTree, options?: DiffOptions): string[] {
  return [...diffTrees(before, after, options)].map(describeChange);
}

function describeChange(change: LayerChange): string {
  if (change.kind === "whiteout") return `whiteout ${change.path}`;
  if (change.kind === "link") return `link ${change.path} to ${change.target}`;
  return `${change.node.type} ${change.path}`;
}

/** Changes `tree` in a fork of it. */
function changed(tree: FileTree, change: (tree: FileTree) => void): FileTree {
  const fork = tree.fork();
  change(fork);
  return fork;
}

const local = (path: string): FileContent => ({ kind: "local", path });
const isWhiteout = (change: LayerChange): boolean => change.kind === "whiteout";
const time = (seconds: number, nanoseconds = 0) => ({ seconds, nanoseconds });

describe("filetree/diff", () => {
  const base = treeOf({ "d/s/deep": file("1"), "d/x": file("2"), e: 0o755, f: file("3") });

  it("says nothing about equal trees", () => {
    expect(diff(base, base)).to.deep.equal([]);
    expect(diff(base, base.fork())).to.deep.equal([]);
    expect(
      diff(base, treeOf({ "d/s/deep": file("1"), "d/x": file("2"), e: 0o755, f: file("3") })),
    ).to.deep.equal([]);
  });

  it("has parents before children and names in the order of their bytes", () => {
    const after = treeOf({ b: file("1"), "a/é": file("2"), "a/z": file("3"), "a.b": file("4") });

    expect(diff(new FileTree(), after)).to.deep.equal([
      "directory a",
      "file a/z",
      "file a/é",
      "file a.b",
      "file b",
    ]);
  });

  it("has the directories above a change, and nothing beside it", () => {
    const after = changed(base, (tree) => tree.setLeaf("d/s/new", file("4")));

    expect(diff(base, after)).to.deep.equal(["directory d", "directory d/s", "file d/s/new"]);
  });

  it("whites out what vanished at its topmost path", () => {
    const after = changed(base, (tree) => tree.remove("d"));

    expect(diff(base, after)).to.deep.equal(["whiteout d"]);
  });

  it("whites out the old children of a directory that was made again", () => {
    const after = changed(base, (tree) => {
      tree.remove("d");
      tree.setDirectory("d", { mode: 0o700, uid: 0, gid: 0, mtime: someTime });
      tree.setLeaf("d/fresh", file("4"));
    });

    expect(diff(base, after)).to.deep.equal([
      "directory d",
      "file d/fresh",
      "whiteout d/s",
      "whiteout d/x",
    ]);
  });

  it("needs no whiteout where a directory became a file, or a file a directory", () => {
    const after = changed(base, (tree) => {
      tree.setLeaf("d", link("e"));
      tree.remove("f");
      tree.setLeaf("f/g", file("4"));
    });

    expect(diff(base, after)).to.deep.equal(["symlink d", "directory f", "file f/g"]);
  });

  it("leaves out the root and names that mean whiteouts", () => {
    const after = changed(base, (tree) => {
      tree.setDirectory("", { mode: 0o711, uid: 0, gid: 0, mtime: someTime });
      tree.setLeaf(".wh.x", file("4"));
    });

    expect(diff(base, after)).to.deep.equal([]);
  });

  describe("a directory", () => {
    const metadata = { mode: 0o755, uid: 0, gid: 0, mtime: someTime };
    const capability = new Map([["security.capability", Buffer.from("c")]]);
    const cases: [name: string, value: object, appears: boolean][] = [
      ["mode", { mode: 0o750 }, true],
      ["user", { uid: 1 }, true],
      ["group", { gid: 1 }, true],
      ["capability", { xattrs: capability }, true],
      ["other attribute", { xattrs: new Map([["user.a", Buffer.from("1")]]) }, false],
      ["time", { mtime: time(1) }, false],
    ];
    for (const [name, value, appears] of cases) {
      it(`${appears ? "appears" : "does not appear"} when its ${name} changed`, () => {
        const after = changed(base, (tree) => tree.setDirectory("e", { ...metadata, ...value }));

        expect(diff(base, after)).to.deep.equal(appears ? ["directory e"] : []);
      });
    }
  });

  describe("a leaf", () => {
    const capability = new Map([["security.capability", Buffer.from("c")]]);
    const device = { ...link(""), type: "block", major: 8, minor: 1 } as LeafNode;
    const cases: [name: string, before: LeafNode, after: LeafNode, appears: boolean][] = [
      ["nothing", file("1"), file("1"), false],
      ["mode", file("1"), file("1", { mode: 0o4755 }), true],
      ["user", file("1"), file("1", { uid: 1 }), true],
      ["group", file("1"), file("1", { gid: 1 }), true],
      ["seconds of time", file("1"), file("1", { mtime: time(1) }), true],
      ["nanoseconds of time", file("1"), file("1", { mtime: time(someTime.seconds, 1) }), true],
      ["size", file("1"), file("12"), true],
      ["capability", file("1"), file("1", { xattrs: capability }), true],
      ["content within the same second", file("1"), file("2"), true],
      [
        "content at the same nanosecond",
        file("1", { mtime: time(5, 7) }),
        file("2", { mtime: time(5, 7) }),
        false,
      ],
      ["link target", link("a"), link("b"), true],
      ["device number", device, { ...device, minor: 2 } as LeafNode, true],
      ["device type", device, { ...device, type: "character" } as LeafNode, true],
      ["type", file(""), link(""), true],
    ];
    for (const [name, before, after, appears] of cases) {
      it(`${appears ? "appears" : "does not appear"} when ${name} changed`, () => {
        const changes = diff(treeOf({ x: before }), treeOf({ x: after }));

        expect(changes).to.deep.equal(appears ? [`${after.type} x`] : []);
      });
    }
  });

  describe("the content of files written within one second", () => {
    const layer = { descriptor: {} } as LayerSource;
    const inLayer = (offset: number): FileContent => ({ kind: "layer", layer, offset });

    const cases: [name: string, before: FileContent, after: FileContent, asked: boolean][] = [
      ["in the same place of a layer", inLayer(512), inLayer(512), false],
      ["elsewhere in the layer", inLayer(512), inLayer(1024), true],
      ["in the same local file", local("/a"), local("/a"), false],
      ["in another local file", local("/a"), local("/b"), true],
      ["in a layer and a local file", inLayer(512), local("/a"), true],
    ];
    for (const [name, before, after, asked] of cases) {
      it(`is ${asked ? "" : "not "}asked for when it is ${name}`, () => {
        const questions: string[] = [];
        const sameContent = (path: string): boolean => {
          questions.push(path);
          return true;
        };

        const changes = diff(
          treeOf({ "a/x": file("1", { content: before }) }),
          treeOf({ "a/x": file("1", { content: after }) }),
          { sameContent },
        );

        expect(questions).to.deep.equal(asked ? ["a/x"] : []);
        expect(changes).to.deep.equal([]);
      });
    }
  });

  describe("hard links", () => {
    it("lead to the first name in the order of the archive", () => {
      const node = file("1");
      const after = treeOf({ "z/a": node, "b/c": node, "b/d": node });

      expect(diff(new FileTree(), after)).to.deep.equal([
        "directory b",
        "file b/c",
        "link b/d to b/c",
        "directory z",
        "link z/a to b/c",
      ]);
    });

    it("do not lead to a name that did not change", () => {
      const node = file("1");
      const before = treeOf({ a: node });

      expect(diff(before, treeOf({ a: node, b: node, c: node }))).to.deep.equal([
        "file b",
        "link c to b",
      ]);
    });

    it("do not bring back the remaining names of a file that lost one", () => {
      const node = file("1");

      expect(diff(treeOf({ a: node, b: node }), treeOf({ b: node }))).to.deep.equal(["whiteout a"]);
    });

    it("connect links and devices, too", () => {
      const node = link("x");

      expect(diff(new FileTree(), treeOf({ a: node, b: node }))).to.deep.equal([
        "symlink a",
        "link b to a",
      ]);
    });
  });

  describe("properties", () => {
    const trees = fc.tuple(actions, actions, fc.boolean()).map(([first, second, related]) => {
      const before = new FileTree();
      perform(before, first);
      const after = related ? before.fork() : new FileTree();
      perform(after, second);
      return { before, after };
    });

    it("apply(diff(a, b), a) = b", () => {
      fc.assert(
        fc.property(trees, ({ before, after }) => {
          const changes = [...diffTrees(before, after)];
          const result = before.fork();
          const applier = new LayerApplier(result);
          for (const change of changes) applier.apply(change);

          expect(contentsOf(result)).to.deep.equal(contentsOf(after));
          expectSameLinks(changes, result, after);
        }),
        { numRuns: 500 },
      );
    });

    it("the order of whiteouts does not matter", () => {
      fc.assert(
        fc.property(trees, ({ before, after }) => {
          const changes = [...diffTrees(before, after)];
          const result = before.fork();
          const applier = new LayerApplier(result);
          for (const change of changes.filter((one) => !isWhiteout(one))) applier.apply(change);
          for (const change of changes.filter(isWhiteout)) applier.apply(change);

          expect(contentsOf(result)).to.deep.equal(contentsOf(after));
        }),
      );
    });

    it("diff(a, a) is empty", () => {
      fc.assert(
        fc.property(trees, ({ after }) => {
          expect(diff(after, after.fork())).to.deep.equal([]);
        }),
      );
    });
  });

  it("says the same each time that changes are gone through, with all hard links", () => {
    const shared = file("x");
    const tree = treeOf({ a: shared, "d/b": shared, "d/c": file("y"), "e/f": shared });

    const changes = changesBetween(new FileTree(), tree);

    const expected = diff(new FileTree(), tree);
    expect([...changes].map(describeChange)).to.deep.equal(expected);
    expect([...changes].map(describeChange)).to.deep.equal(expected);
  });

  it("keeps nothing of changes that can be gone through several times", async () => {
    const files = 10_000;
    const tree = new FileTree();
    for (let at = 0; at < files; at += 1) tree.setLeaf(`${at % 100}/file-${at}`, file("x"));

    const bytes = await heapKeptBy(() => changesBetween(new FileTree(), tree));

    expect(bytes / files).to.be.below(4);
  });
});

/** Names that are in the layer share a node exactly where they do in `after`. */
function expectSameLinks(changes: readonly LayerChange[], result: FileTree, after: FileTree): void {
  const leaves = changes.filter(
    (change) => change.kind !== "whiteout" && change.node.type !== "directory",
  );
  for (const { path } of leaves) {
    for (const { path: other } of leaves) {
      expect(result.get(path) === result.get(other)).to.equal(after.get(path) === after.get(other));
    }
  }
}
