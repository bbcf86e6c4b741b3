import { expect } from "chai";
import * as fc from "fast-check";
import { createIgnoreMatcher } from "../../../src/dockerfile/ignore/matcher.ts";
import { errorFrom } from "../../support/error-from.ts";

/** Whether a walk finds `out/bin` ignored, and whether it has to look into it. */
function states(patterns: string[]): [boolean, boolean] {
  const state = createIgnoreMatcher(patterns).root.enter("out").enter("bin");
  return [state.isIgnored, state.mayHoldKept];
}

describe("dockerfile/ignore/matcher", () => {
  const cases: readonly { patterns: string[]; ignored: string[]; kept: string[] }[] = [
    { patterns: ["a"], ignored: ["a", "a/b"], kept: ["ab", "b/a"] },
    { patterns: ["*.log"], ignored: ["x.log", "x.log/y", ".log"], kept: ["d/x.log", "xlog"] },
    { patterns: ["**/*.log"], ignored: ["x.log", "d/x.log", "d/e/x.log"], kept: ["x.logs"] },
    { patterns: ["a/**"], ignored: ["a/b", "a/b/c"], kept: ["a"] },
    { patterns: ["a?[b-d]"], ignored: ["axb", "a.d"], kept: ["a/b", "axe"] },
    { patterns: ["a", "!a/b", "a/b/c"], ignored: ["a", "a/x", "a/b/c"], kept: ["a/b", "a/b/d"] },
    { patterns: ["*", "!*.go"], ignored: ["x"], kept: ["x.go"] },
    { patterns: ["\\*"], ignored: ["*"], kept: ["a"] },
    { patterns: ["a.b+(c)$*"], ignored: ["a.b+(c)$x"], kept: ["axbb"] },
    { patterns: ["a|b*"], ignored: ["a", "ax", "xb"], kept: ["x"] },
    { patterns: ["a{2,3}?"], ignored: ["aax", "aaax"], kept: ["ax", "aaaax"] },
    { patterns: ["\\d\\pL\\x41*"], ignored: ["1éAx"], kept: ["dpLx41"] },
    { patterns: ["[[:upper:]\\d-]*"], ignored: ["A", "1x", "-"], kept: ["a"] },
    { patterns: ["\\Qa[b]\\E?"], ignored: ["a[b]x"], kept: ["abx"] },
    { patterns: ["a\\b*"], ignored: ["a", "a-b"], kept: ["ab"] },
    { patterns: ["", "  "], ignored: [], kept: ["a"] },
  ];
  for (const { patterns, ignored, kept } of cases) {
    it(`decides by ${JSON.stringify(patterns)}`, () => {
      const matcher = createIgnoreMatcher(patterns);

      expect(ignored.filter((path) => !matcher.matches(path))).to.deep.equal([]);
      expect(kept.filter((path) => matcher.matches(path))).to.deep.equal([]);
    });
  }

  for (const pattern of ["!", "[", "a[^]", "[a-]", "\\", "[]a]"]) {
    it(`refuses ${pattern} at once`, () => {
      const error = errorFrom(() => createIgnoreMatcher([pattern]));

      expect(error.code).to.equal("DOCKERFILE_SYNTAX");
    });
  }

  for (const pattern of ["\\é*", "\\1*", "[z-a]", "*{2}", "a{1001}*", "[[:none:]]", "|{2}*"]) {
    it(`refuses ${pattern} when it is first tried`, () => {
      const matcher = createIgnoreMatcher([pattern]);

      expect(errorFrom(() => matcher.matches("a")).code).to.equal("DOCKERFILE_SYNTAX");
    });
  }

  it("lets a walk leave out directories that hold nothing to keep", () => {
    expect(states(["out"])).to.deep.equal([true, false]);
    expect(states(["out", "!src"])).to.deep.equal([true, false]);
    expect(states(["out", "!out/bin/keep"])).to.deep.equal([true, true]);
    expect(states(["out", "!**/keep"])).to.deep.equal([true, true]);
    expect(states(["src"])).to.deep.equal([false, true]);
    expect(states(["*", "!src/**/*.ts", "!*.md"])).to.deep.equal([true, false]);
    expect(states(["*", "!*/bin/*.md"])).to.deep.equal([true, true]);
    expect(states(["*", "!src|out/?"])).to.deep.equal([true, true]);
  });

  it("decides the same in a walk as for a path alone", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "b", "."), minLength: 1, maxLength: 3 });
    const path = fc.array(name, { minLength: 1, maxLength: 4 });
    const glob = fc
      .array(fc.constantFrom("a", "b", "*", "?", "**", "*.a", "[ab]"), {
        minLength: 1,
        maxLength: 3,
      })
      .map((parts) => parts.join("/"));
    fc.assert(
      fc.property(fc.array(glob, { maxLength: 4 }), path, (patterns, names) => {
        fc.pre(!names.some((part) => /^\.+$/.test(part)));
        const matcher = createIgnoreMatcher(patterns);
        const walk = [matcher.root];
        for (const part of names) walk.push((walk.at(-1) ?? matcher.root).enter(part));
        const last = walk.at(-1) ?? matcher.root;
        expect(last.isIgnored).to.equal(matcher.matches(names.join("/")));
        const isLeftOut = walk.slice(0, -1).some(({ mayHoldKept }) => !mayHoldKept);
        expect(isLeftOut && !last.isIgnored).to.equal(false);
      }),
      { numRuns: 500 },
    );
  });
});
