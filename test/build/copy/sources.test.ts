import { expect } from "chai";
import {
  findSources,
  isLiteral,
  loadSources,
  parentsSource,
  plainSource,
  type SourcePattern,
} from "../../../src/build/copy/sources.ts";
import type { SplitPattern } from "../../../src/filetree/glob.ts";
import { errorFrom } from "../../support/error-from.ts";
import { file, link, treeOf } from "../../support/tree.ts";

const tree = treeOf({
  "a.txt": file("a"),
  "b.txt": file("b"),
  "d/c.txt": file("c"),
  way: link("d"),
});
const files = { tree, description: "the test" };

describe("build/copy/sources", () => {
  const plain: readonly [source: string, pattern: string][] = [
    ["a.txt", "a.txt"],
    ["./d/", "d/"],
    ["../../a", "a"],
    ["/", ""],
    ["d/../*", "*"],
  ];
  for (const [source, pattern] of plain) {
    it(`reads ${source} as ${pattern || "the root"}`, () => {
      expect(plainSource(source)).to.deep.equal({ pattern, below: undefined });
    });
  }

  const parents: readonly [source: string, pattern: string, below: string][] = [
    ["a/b", "", "a/b"],
    ["./a/b", "", "a/b"],
    ["a/./b/c", "a", "b/c"],
    ["a/./b/./c", "a", "b/c"],
    ["a/./", "a", ""],
    ["/a/./../b", "a", "b"],
  ];
  for (const [source, pattern, below] of parents) {
    it(`reads ${source} of --parents as ${below || "nothing"} in ${pattern || "the root"}`, () => {
      expect(parentsSource(source)).to.deep.equal({ pattern, below });
    });
  }

  const found: readonly [source: SourcePattern, paths: readonly string[]][] = [
    [plainSource("a.txt"), ["a.txt"]],
    [plainSource("*.txt"), ["a.txt", "b.txt"]],
    [plainSource("none*"), []],
    [plainSource("way/c.txt"), ["way/c.txt"]],
    [parentsSource("*/./c.txt"), ["d", "way"]],
  ];
  for (const [source, paths] of found) {
    it(`finds ${paths.join(" ") || "nothing"} by ${source.pattern}`, () => {
      expect(findSources(source, files, undefined).map(({ path }) => path)).to.deep.equal(paths);
    });
  }

  it("takes what has no wildcard for what has to be there", () => {
    expect(isLiteral(plainSource("a\\*"))).to.equal(true);
    expect(isLiteral(plainSource("a*"))).to.equal(false);
    expect(isLiteral(parentsSource("a/./**/b"))).to.equal(false);
    const error = errorFrom(() => findSources(plainSource("c.txt"), files, undefined));
    expect(error.message).to.equal('"/c.txt": not found in the test');
    expect(error.hint).to.equal("Did you mean /a.txt?");
  });

  it("loads no more than is named, and what lies beside what is missing", async () => {
    const asked: string[][] = [];
    const load = (patterns: readonly SplitPattern[]): Promise<typeof tree> => {
      asked.push(patterns.map(({ literal, wildcards }) => [literal, ...wildcards].join("|")));
      return Promise.resolve(tree);
    };
    const sources = [
      plainSource("d/*"),
      plainSource("x/none"),
      parentsSource("d/./c*/e"),
      parentsSource("d/./c*/**/e?"),
      parentsSource("d/./[a]/e"),
      parentsSource("d*/./e"),
    ];

    await loadSources(sources, { load, description: "the test" });

    expect(asked).to.deep.equal([["d|*", "x/none", "d|c*|e", "d|c*", "d", "|d*"], ["x"]]);
  });
});
