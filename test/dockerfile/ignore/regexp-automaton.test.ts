import { expect } from "chai";
import * as fc from "fast-check";
import { Automaton } from "../../../src/dockerfile/ignore/regexp-automaton.ts";
import { parseRegexp } from "../../../src/dockerfile/ignore/regexp-parser.ts";
import { compileRegexp } from "../../../src/dockerfile/ignore/regexp-program.ts";

const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "(a|b)", "(ab)?", "\\b", "\\w", "\\.");
const repeated = fc
  .tuple(atom, fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,2}", "{1,}"))
  .map(([item, repeat]) => (item === "\\b" || item.endsWith("?") ? item : item + repeat));
const expression = fc
  .array(fc.oneof(repeated, fc.constantFrom("^", "$", "|")), { maxLength: 6 })
  .map((parts) => parts.join(""));
const subject = fc.string({ unit: fc.constantFrom("a", "b", ".", "-"), maxLength: 8 });

function compile(source: string): Automaton | undefined {
  const node = parseRegexp(source);
  const program = node === undefined ? undefined : compileRegexp(node);
  return program === undefined ? undefined : new Automaton(program);
}

describe("dockerfile/ignore/regexp-automaton", () => {
  it("matches what JavaScript's expressions match", () => {
    fc.assert(
      fc.property(expression, fc.array(subject, { maxLength: 5 }), (source, texts) => {
        const automaton = compile(source);
        const wanted = new RegExp(source);
        expect(texts.map((text) => automaton?.matches(text))).to.deep.equal(
          texts.map((text) => wanted.test(text)),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("takes time in proportion to the text, whatever the expression", () => {
    const automaton = compile(`^${"a?".repeat(200)}${"a*".repeat(50)}b$`);

    expect(automaton?.matches("a".repeat(20_000))).to.equal(false);
  });

  it("refuses expressions that would grow too large", () => {
    expect(compile("[ab]{1000}".repeat(30))).to.equal(undefined);
  });
});
