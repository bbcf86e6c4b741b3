import { expect } from "chai";
import { parseDuration } from "../../../src/dockerfile/instructions/duration.ts";
import { errorFrom } from "../../support/error-from.ts";

describe("dockerfile/instructions/duration", () => {
  const accepted = [
    ["0", 0],
    ["5s", 5e9],
    ["1h2m3s4ms5us6ns", 3_723_004_005_006],
    ["1.5s", 1.5e9],
    [".5m", 30e9],
    ["1.s", 1e9],
    ["-2ms", -2e6],
    ["+2µs", 2e3],
    ["0.0000000001s", 0],
  ] as const;
  for (const [text, nanoseconds] of accepted) {
    it(`reads ${text}`, () => {
      expect(parseDuration(text)).to.equal(nanoseconds);
    });
  }

  const refused = [
    ["", 'time: invalid duration ""'],
    ["-", 'time: invalid duration "-"'],
    [".", 'time: invalid duration "."'],
    ["s", 'time: invalid duration "s"'],
    ["5", 'time: missing unit in duration "5"'],
    ["1d", 'time: unknown unit "d" in duration "1d"'],
    ["1 s", 'time: unknown unit " s" in duration "1 s"'],
    ["1constructor", 'time: unknown unit "constructor" in duration "1constructor"'],
    ["9223372037s", 'time: invalid duration "9223372037s"'],
  ] as const;
  for (const [text, message] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(errorFrom(() => parseDuration(text)).message).to.equal(message);
    });
  }
});
