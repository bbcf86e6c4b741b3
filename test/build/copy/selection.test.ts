import { expect } from "chai";
import { allBut, both, onlyMatching } from "../../../src/build/copy/selection.ts";
import type { Selection } from "../../../src/filetree/copy.ts";
import { splitPath } from "../../../src/filetree/tree.ts";
import { errorFrom } from "../../support/error-from.ts";

function at(selection: Selection, path: string): Selection {
  return splitPath(path).reduce((state, name) => state.enter(name), selection);
}

describe("build/copy/selection", () => {
  it("selects all but what a pattern matches, or what is below that", () => {
    const selection = allBut(["*.md", "d", "!d/kept"]);

    expect(at(selection, "x.txt").isSelected).to.equal(true);
    expect(at(selection, "x.md").isSelected).to.equal(false);
    expect(at(selection, "e/x.md").isSelected).to.equal(true);
    expect(at(selection, "d/x").isSelected).to.equal(false);
    expect(at(selection, "d").mayHoldSelected).to.equal(true);
    expect(at(selection, "d/kept").isSelected).to.equal(true);
  });

  it("selects only what a pattern matches, and what is below that", () => {
    const selection = onlyMatching("a/*/c");

    expect(at(selection, "a").isSelected).to.equal(false);
    expect(at(selection, "a/b/c").isSelected).to.equal(true);
    expect(at(selection, "a/b/c/d").isSelected).to.equal(true);
    expect(at(selection, "a/b/d").isSelected).to.equal(false);
  });

  it("need not look where the pattern cannot lead", () => {
    const selection = onlyMatching("a/b/**/c");

    expect(at(selection, "a").mayHoldSelected).to.equal(true);
    expect(at(selection, "x").mayHoldSelected).to.equal(false);
    expect(at(selection, "a/x").mayHoldSelected).to.equal(false);
    expect(at(selection, "a/x/b/c").isSelected).to.equal(false);
    expect(at(selection, "a/b/x/y").mayHoldSelected).to.equal(true);
    expect(at(selection, "a/b/x/c").isSelected).to.equal(true);
  });

  it("selects what both select", () => {
    const selection = both(onlyMatching("**/*.js"), allBut(["**/*.test.js"]));

    expect(at(selection, "a/b.js").isSelected).to.equal(true);
    expect(at(selection, "a/b.test.js").isSelected).to.equal(false);
    expect(at(selection, "a/b.ts").isSelected).to.equal(false);
  });

  it("refuses patterns that are none", () => {
    expect(errorFrom(() => allBut(["["])).code).to.equal("DOCKERFILE_SYNTAX");
    expect(errorFrom(() => onlyMatching("[")).code).to.equal("DOCKERFILE_SYNTAX");
  });
});
