import { expect } from "chai";
import { nearest } from "../../src/errors/nearest.ts";

const flags = ["--destination", "--digest-file", "--no-push", "--target"];

describe("errors/nearest", () => {
  const cases = [
    { word: "--destinatoin", found: "--destination" },
    { word: "--DIGEST-FILE", found: "--digest-file" },
    { word: "--no-psh", found: "--no-push" },
    { word: "--registry", found: undefined },
    { word: "", found: undefined },
  ];
  for (const { word, found } of cases) {
    it(`finds ${String(found)} for ${JSON.stringify(word)}`, () => {
      expect(nearest(word, flags)).to.equal(found);
    });
  }

  it("takes the first of equally near ones", () => {
    expect(nearest("cat", ["bat", "hat"])).to.equal("bat");
  });
});
