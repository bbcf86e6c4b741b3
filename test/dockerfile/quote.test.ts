import { expect } from "chai";
import { quote } from "../../src/dockerfile/quote.ts";

describe("dockerfile/quote", () => {
  const cases = [
    { text: 'say "hi"\\', quoted: String.raw`"say \"hi\"\\"` },
    { text: "a\tb\nc\u0000\u007f", quoted: String.raw`"a\tb\nc\x00\x7f"` },
    { text: "é 日本", quoted: '"é 日本"' },
    { text: "\u00a0\uFEFF\u{e0001}", quoted: String.raw`"\u00a0\ufeff\U000e0001"` },
  ];
  for (const { text, quoted } of cases) {
    it(`writes ${quoted}`, () => {
      expect(quote(text)).to.equal(quoted);
    });
  }

  it("shows only the beginning of a long text", () => {
    expect(quote("x".repeat(5000))).to.have.lengthOf(1024 + '"..."'.length);
  });
});
