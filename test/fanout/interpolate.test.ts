import { expect } from "chai";
import { interpolate } from "../../src/fanout/interpolate.ts";
import { YamlValue } from "../../src/fanout/yaml-value.ts";
import { errorOf } from "../support/error-of.ts";

const variables = { A: "1", EMPTY: "", NESTED: "${A}" };

function interpolated(text: string): string {
  return interpolate(YamlValue.parse(JSON.stringify(text), "slipway.yaml"), variables);
}

describe("fanout/interpolate", () => {
  for (const [text, result] of [
    ["x${A}y${A}", "x1y1"],
    ["${EMPTY}", ""],
    ["${A:-b}", "1"],
    ["${EMPTY:-b}", "b"],
    ["${ABSENT:-a:-b/c.d}", "a:-b/c.d"],
    ["${ABSENT:-}", ""],
    ["${NESTED}", "${A}"],
    ["$$A $${A}", "$A ${A}"],
    ["no variable", "no variable"],
  ] as const) {
    it(`makes ${JSON.stringify(result)} of ${text}`, () => {
      expect(interpolated(text)).to.equal(result);
    });
  }

  it("wants a value", async () => {
    for (const text of ["${ABSENT}", "${toString}"]) {
      const error = await errorOf(() => interpolated(text));
      expect(error.code).to.equal("BUILD_FILE_INVALID");
      expect(error.hint).to.include("--var");
    }
  });

  for (const text of ["$A", "costs 5$", "${A", "${}", "${A:?x}", "${A:-${B}}"]) {
    it(`does not take ${text}`, async () => {
      expect((await errorOf(() => interpolated(text))).hint).to.include("$$ for a dollar");
    });
  }
});
