import { expect } from "chai";
import * as fc from "fast-check";
import { cacheKeyOf, frame, type KeyPart } from "../../src/cache/cache-key.ts";

const parts: fc.Arbitrary<KeyPart> = fc.letrec<{ part: KeyPart }>((tie) => ({
  part: fc.oneof(
    { depthSize: "small" },
    fc.string({ unit: "binary" }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("part"), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 3 }), tie("part"), { maxKeys: 3 }),
  ),
})).part;

describe("cache/cache-key", () => {
  it("gives the keys that it has always given", () => {
    // A change here makes every cache empty: the schema's version has to go up with it.
    expect(cacheKeyOf(null)).to.equal(
      "02f986f1543ff8e51b69b2a611e635f361685c32d3806530b80c1e7795b481ce",
    );
    expect(cacheKeyOf(["a", 1, true, { b: [null] }])).to.equal(
      "8d8aa212a6a9cae9b0850adce458290cae794ee5b0a75bf1197377bf21a5dfa5",
    );
  });

  it("does not depend on the order of fields", () => {
    expect(cacheKeyOf({ a: 1, b: "2" })).to.equal(cacheKeyOf({ b: "2", a: 1 }));
  });

  for (const [what, one, other] of [
    ["where a list ends", [["a", "b"], "c"], [["a"], "b", "c"]],
    ["where a text ends", ["ab", "c"], ["a", "bc"]],
    ["a number from its text", [1], ["1"]],
    ["null from its name", [null], ["null;"]],
    ["an empty list from an empty object", [[]], [{}]],
    ["a text that looks like frames", ["a;text 1 b"], ["a", "b"]],
    ["names that are no UTF-8 from each other", ["\udc80"], ["\udc81"]],
    ["a name that is no UTF-8 from the text that stands for it", ["\udc80"], ["\\udc80"]],
  ] as const satisfies readonly (readonly [string, KeyPart, KeyPart])[]) {
    it(`tells ${what}`, () => {
      expect(frame(one)).not.to.equal(frame(other));
    });
  }

  it("frames different values differently, whatever they are", () => {
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const isSame = canonical(one) === canonical(other);
        expect(frame(one) === frame(other)).to.equal(isSame);
      }),
    );
  });
});

/** JSON with fields in order; it tells all values of the arbitrary from each other. */
function canonical(part: KeyPart): string {
  return JSON.stringify(part, (_, value: unknown) => {
    if (Object.is(value, -0)) return 0;
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
