import { expect } from "chai";
import * as fc from "fast-check";
import { parseChallenges } from "../../src/registry/challenge.ts";

describe("registry/challenge", () => {
  const cases: readonly (readonly [string, readonly (readonly [string, object])[]])[] = [
    ["Basic", [["basic", {}]]],
    ['Basic realm="a b"', [["basic", { realm: "a b" }]]],
    [
      'Bearer realm="https://a.test/t?x=1,2",service="s", scope="repository:a/b:pull,push"',
      [
        [
          "bearer",
          { realm: "https://a.test/t?x=1,2", service: "s", scope: "repository:a/b:pull,push" },
        ],
      ],
    ],
    ['BEARER Realm = "x" , SERVICE=y', [["bearer", { realm: "x", service: "y" }]]],
    ['Bearer realm="a\\"b\\\\c"', [["bearer", { realm: 'a"b\\c' }]]],
    [
      'Negotiate, Basic realm="r", Bearer realm="t"',
      [
        ["negotiate", {}],
        ["basic", { realm: "r" }],
        ["bearer", { realm: "t" }],
      ],
    ],
    ["", []],
    ['="', []],
    ['Bearer realm="unfinished', [["bearer", {}]]],
  ];
  for (const [header, expected] of cases) {
    it(`reads ${JSON.stringify(header)}`, () => {
      const challenges = parseChallenges([header]);

      expect(
        challenges.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]),
      ).to.deep.equal(expected);
    });
  }

  it("reads several headers", () => {
    expect(parseChallenges(["Basic", "Bearer"]).map(({ scheme }) => scheme)).to.deep.equal([
      "basic",
      "bearer",
    ]);
  });

  it("ends, whatever the header is", () => {
    const character = fc.constantFrom(...Array.from('aB=", \\\t:/'));
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 200 }), (header) => {
        expect(parseChallenges([header])).to.be.an("array");
      }),
    );
  });
});
