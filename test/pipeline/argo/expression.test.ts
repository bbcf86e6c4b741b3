import { expect } from "chai";
import { evaluate } from "./expression.ts";

describe("pipeline/argo/expression", () => {
  const environment = {
    a: { b: "text", "c-d": [1, 2] },
    len: (list: readonly unknown[]) => list.length,
  };
  const cases: readonly (readonly [string, unknown])[] = [
    ["1 + 2 * 3 == 7", true],
    ["(1 + 2) * 3", 9],
    ["10 - 3 - 2", 5],
    ["-1 < 0 && !(2 >= 3)", true],
    ["a.b == 'text' ? \"yes\" : 'no'", "yes"],
    ["a['c-d'][1]", 2],
    ["len(a['c-d'])", 2],
    ["true || missing", true],
    ["'it\\'s\\n'", "it's\n"],
    ["nil == nil", true],
  ];
  for (const [text, value] of cases) {
    it(`evaluates ${text}`, () => {
      expect(evaluate(text, environment)).to.equal(value);
    });
  }

  it("refuses what it cannot read, or does not know", () => {
    for (const text of ["1 +", "a.b.", "(1", "1 2", "missing", "a.missing", "a()", "{{x}}"]) {
      expect(() => evaluate(text, environment), text).to.throw();
    }
  });
});
