import { expect } from "chai";
import { parseRetryAfter } from "../../src/registry/answer-failure.ts";

describe("registry/answer-failure", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  const cases = [
    [undefined, undefined],
    ["0", 0],
    ["120", 120_000],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["soon", undefined],
    ["-5 x", undefined],
  ] as const;
  for (const [header, expected] of cases) {
    it(`reads Retry-After ${JSON.stringify(header)}`, () => {
      expect(parseRetryAfter(header, now)).to.equal(expected);
    });
  }
});
