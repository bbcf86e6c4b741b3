import { expect } from "chai";
import * as fc from "fast-check";
import { findGlob, type GlobSearch, parseGlob } from "../../../src/dockerfile/expansion/glob.ts";

const pattern = fc.string({ unit: fc.constantFrom("a", "b", "\n", "*", "?"), maxLength: 6 });
const text = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 10 });

/** The same search by JavaScript's own regular expressions. */
function findByRegexp(glob: string, subject: string, search: GlobSearch): object | undefined {
  const wildcards = { "*": search.shortest ? ".*?" : ".*", "?": "." } as const;
  const source = glob.replace(/[*?]/g, (sign) => wildcards[sign as "*" | "?"]);
  const expression = new RegExp(source, search.anchored ? "y" : "g");
  expression.lastIndex = search.from;
  const match = expression.exec(subject);
  return match === null ? undefined : { start: match.index, end: match.index + match[0].length };
}

describe("dockerfile/expansion/glob", () => {
  it("finds what a regular expression finds", () => {
    const searches = fc.constantFrom<GlobSearch>(
      { from: 0, anchored: true, shortest: true },
      { from: 0, anchored: true, shortest: false },
      { from: 0, anchored: false, shortest: false },
      { from: 1, anchored: false, shortest: false },
    );
    fc.assert(
      fc.property(pattern, text, searches, (glob, subject, search) => {
        fc.pre(search.from <= subject.length);
        const found = findGlob(parseGlob(glob), Array.from(subject), search);
        expect(found).to.deep.equal(findByRegexp(glob, subject, search));
      }),
      { numRuns: 2000 },
    );
  });

  it("takes time in proportion to the lengths, however many stars there are", () => {
    const glob = parseGlob(`${"*a".repeat(50)}b`);
    const subject = Array.from("a".repeat(5000));

    expect(findGlob(glob, subject, { from: 0, anchored: false, shortest: false })).to.equal(
      undefined,
    );
  });
});
