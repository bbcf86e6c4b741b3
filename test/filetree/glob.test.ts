import { expect } from "chai";
import { expandPattern, splitPattern } from "../../src/filetree/glob.ts";
import { file, link, treeOf } from "../support/tree.ts";

const tree = treeOf({
  "a.txt": file(""),
  "b.txt": file(""),
  "[x].md": file(""),
  "d/one.c": file(""),
  "d/two.c": file(""),
  "d/e/three.c": file(""),
  "to-d": link("d"),
  Ünï: file(""),
});

function match(pattern: string): string[] {
  return expandPattern(tree, splitPattern(pattern));
}

describe("filetree/glob", () => {
  const cases: readonly [string, readonly string[]][] = [
    ["*.txt", ["a.txt", "b.txt"]],
    ["?.txt", ["a.txt", "b.txt"]],
    ["[b-z].txt", ["b.txt"]],
    ["[^a].txt", ["b.txt"]],
    ["\\[x\\].md", ["[x].md"]],
    ["d/*", ["d/e", "d/one.c", "d/two.c"]],
    ["*/*.c", ["d/one.c", "d/two.c"]],
    ["d/*/three.c", ["d/e/three.c"]],
    ["to-d/*.c", ["to-d/one.c", "to-d/two.c"]],
    ["t*/one.c", []],
    ["???", ["Ünï"]],
    ["no*such", []],
    ["absent", ["absent"]],
    ["./d//one.c", ["d/one.c"]],
  ];
  for (const [pattern, paths] of cases) {
    it(`matches ${pattern} with ${paths.length} paths`, () => {
      expect(match(pattern)).to.deep.equal(paths);
    });
  }

  it("splits at the first name with a wildcard", () => {
    expect(splitPattern("a/b\\*/c*/d")).to.deep.equal({ literal: "a/b*", wildcards: ["c*", "d"] });
  });

  for (const pattern of ["a[", "a*[", "[]*", "[-a]*", "[a-]*", "*[^]"]) {
    it(`refuses the malformed pattern ${pattern}`, () => {
      expect(() => match(pattern)).to.throw("syntax error in pattern");
    });
  }
});
