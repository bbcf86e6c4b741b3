import { expect } from "chai";
import { describeRun, formatDuration, quoteList } from "../../src/build/history.ts";

describe("build/history", () => {
  it("puts arguments in scope before a RUN, each once with its present value", () => {
    const declared = [
      { key: "A", value: "1" },
      { key: "UNSET", value: undefined },
      { key: "A", value: "2" },
    ];
    const environment = new Map([["A", "3"]]);

    const text = describeRun(["/bin/sh", "-c", "true"], declared, environment);

    expect(text).to.equal("RUN |2 A=3 UNSET= /bin/sh -c true # buildkit");
  });

  it("has no count where there are no arguments", () => {
    expect(describeRun(["/app"], [], new Map())).to.equal("RUN /app # buildkit");
  });

  const durations: readonly [number, string][] = [
    [0, "0s"],
    [1, "1ns"],
    [1500, "1.5µs"],
    [250_000_000, "250ms"],
    [1_000_000_000, "1s"],
    [90_000_000_000, "1m30s"],
    [3_600_000_000_000, "1h0m0s"],
    [3_661_500_000_000, "1h1m1.5s"],
  ];
  for (const [nanoseconds, text] of durations) {
    it(`prints ${nanoseconds} ns as ${text}`, () => {
      expect(formatDuration(nanoseconds)).to.equal(text);
    });
  }

  it("quotes lists as Go does", () => {
    expect(quoteList([])).to.equal("[]");
    expect(quoteList(["a", 'say "hi"', "ünï", "tab\there", "\u0001", "\u200b"])).to.equal(
      '["a" "say \\"hi\\"" "ünï" "tab\\there" "\\x01" "\\u200b"]',
    );
  });
});
