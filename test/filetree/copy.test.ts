import { expect } from "chai";
import {
  type CopyAttributes,
  copyInto,
  makeDirectories,
  type Selection,
} from "../../src/filetree/copy.ts";
import { parseModeChange } from "../../src/filetree/mode-change.ts";
import { type FileTree, joinPath } from "../../src/filetree/tree.ts";
import { file, link, listing, someTime, treeOf } from "../support/tree.ts";

const source = treeOf({
  "f.txt": file("f"),
  dir: 0o711,
  "dir/a": file("a", { uid: 7, gid: 8 }),
  "dir/sub": 0o700,
  "dir/sub/b": file("b"),
  "to-dir": link("dir"),
});

/** What a copy makes of `target`, or of an empty tree. */
function copy(
  path: string,
  destination: string,
  options: Partial<CopyAttributes> & { readonly target?: FileTree } = {},
): string[] {
  const { target = treeOf({}), ...attributes } = options;
  const after = target.fork();
  copyInto(after, { source, path, destination, time: someTime, ...attributes });
  return listing(after);
}

/** A selection of these paths; nothing in `closed` is looked at. */
function only(...paths: readonly string[]): Selection {
  const at = (path: string): Selection => ({
    isSelected: paths.includes(path),
    mayHoldSelected: path !== "closed",
    enter: (name) => at(joinPath(path, name)),
  });
  return at("");
}

describe("filetree/copy", () => {
  it("gives a file the destination's name, or keeps its own in a directory", () => {
    expect(copy("f.txt", "new/name")).to.deep.equal([
      "new directory 755 0:0",
      "new/name file 644 0:0 f",
    ]);
    expect(copy("f.txt", "new/")).to.include("new/f.txt file 644 0:0 f");
    expect(copy("f.txt", "there", { target: treeOf({ there: 0o755 }) })).to.include(
      "there/f.txt file 644 0:0 f",
    );
  });

  it("copies what a directory holds, not the directory", () => {
    expect(copy("dir", "d")).to.deep.equal([
      "d directory 755 0:0",
      "d/a file 644 7:8 a",
      "d/sub directory 700 0:0",
      "d/sub/b file 644 0:0 b",
    ]);
  });

  it("keeps mode and owner of an existing destination, but not of directories below it", () => {
    const target = treeOf({ d: 0o2770, "d/sub": 0o777, "d/sub/kept": file("k") });

    const lines = copy("dir", "d", { target });

    expect(lines).to.include("d directory 2770 0:0");
    expect(lines).to.include("d/sub directory 700 0:0");
    expect(lines).to.include("d/sub/kept file 644 0:0 k");
  });

  it("follows a link that is named itself, and keeps its name", () => {
    const linked = treeOf({ alias: link("f.txt"), "f.txt": file("f") });
    const after = treeOf({ d: 0o755 });

    copyInto(after, { source: linked, path: "alias", destination: "d", time: someTime });

    expect(listing(after)).to.include("d/alias file 644 0:0 f");
  });

  it("copies links below a directory as links", () => {
    expect(copy("", "all")).to.include("all/to-dir -> dir 0:0");
  });

  it("writes through links of the target, also dangling ones, without leaving its root", () => {
    const target = treeOf({ out: link("../../elsewhere"), "to-file": link("/made") });

    expect(copy("f.txt", "out/", { target })).to.include("elsewhere/f.txt file 644 0:0 f");
    expect(copy("f.txt", "to-file", { target })).to.include("made file 644 0:0 f");
  });

  it("applies --chown to everything it makes, links and parents included", () => {
    const lines = copy("", "new/all", { owner: { uid: 33, gid: 34 } });

    expect(lines.filter((line) => !line.includes("33:34"))).to.deep.equal([]);
  });

  it("applies an octal --chmod to parents too, a symbolic one only to what it copies", () => {
    const octal = copy("dir", "p/d", { mode: parseModeChange("1750") });
    const symbolic = copy("dir", "p/d", { mode: parseModeChange("a=r") });

    expect(octal).to.include("p directory 750 0:0");
    expect(octal).to.include("p/d/a file 1750 7:8 a");
    expect(symbolic).to.include("p/d directory 755 0:0");
    expect(symbolic).to.include("p/d/sub directory 444 0:0");
  });

  it("keeps hard links within one source", () => {
    const shared = file("x");
    const linked = treeOf({ "t/one": shared, "t/two": shared });
    const after = treeOf({});

    copyInto(after, { source: linked, path: "t", destination: "d", time: someTime });

    expect(after.get("d/one")).to.equal(after.get("d/two"));
    expect(after.get("d/one")).to.not.equal(shared);
  });

  it("copies what is selected, and the directories that lead there", () => {
    const nested = treeOf({
      "a/b": 0o700,
      "a/b/wanted": file("w"),
      "a/other": file("o"),
      "closed/wanted": file("c"),
      whole: 0o711,
      "whole/part": file("p"),
    });
    const after = treeOf({});
    const selection = only("a/b/wanted", "closed/wanted", "whole");

    const count = copyInto(after, {
      source: nested,
      path: "",
      destination: "d",
      time: someTime,
      selection,
    });

    expect(listing(after)).to.deep.equal([
      "d directory 755 0:0",
      "d/a directory 755 0:0",
      "d/a/b directory 700 0:0",
      "d/a/b/wanted file 644 0:0 w",
      "d/whole directory 711 0:0",
    ]);
    expect(count).to.equal(4);
  });

  const refusals: readonly [string, string, string, string][] = [
    ["nothing there", "absent", "d", '"/absent": not found'],
    ["a directory onto a file", "dir", "file", "cannot copy to non-directory: /file"],
    ["a file onto a directory", "dir", "holder", "cannot replace to directory /holder/a with file"],
    ["a file below a file", "f.txt", "file/", "mkdir /file: not a directory"],
  ];
  for (const [name, path, destination, message] of refusals) {
    it(`refuses to copy ${name}`, () => {
      const target = treeOf({ file: file("x"), "holder/a": 0o755 });
      expect(() => copy(path, destination, { target })).to.throw(message);
    });
  }

  it("makes missing directories and leaves existing ones alone", () => {
    const target = treeOf({ a: 0o700 });

    makeDirectories(target, "a/b/c", { owner: { uid: 1, gid: 2 }, time: someTime });

    expect(listing(target)).to.deep.equal([
      "a directory 700 0:0",
      "a/b directory 755 1:2",
      "a/b/c directory 755 1:2",
    ]);
  });
});
