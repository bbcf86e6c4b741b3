import { expect } from "chai";
import { didYouMean, nearestOption } from "../../src/dockerfile/suggestion.ts";

const options = ["chmod", "chown", "from", "link"];

describe("dockerfile/suggestion", () => {
  const cases = [
    { word: "fron", nearest: "from" },
    { word: "lnik", nearest: "link" },
    { word: "chwon", nearest: "chmod" },
    { word: "FROM", nearest: undefined },
    { word: "parents", nearest: undefined },
    { word: "link", nearest: undefined },
  ];
  for (const { word, nearest } of cases) {
    it(`takes ${word} for ${String(nearest)}`, () => {
      expect(nearestOption(word, options)).to.equal(nearest);
    });
  }

  it("writes a clause only for a suggestion", () => {
    expect(didYouMean("from")).to.equal(" (did you mean from?)");
    expect(didYouMean(undefined)).to.equal("");
  });
});
