import { expect } from "chai";
import { isSignal } from "../../src/dockerfile/signals.ts";

describe("dockerfile/signals", () => {
  const known = [
    "SIGTERM",
    "TERM",
    "term",
    "sigkill",
    "1",
    "9",
    "64",
    "SIGRTMIN",
    "RTMIN+3",
    "RTMIN+15",
    "SIGRTMAX-14",
    "rtmax",
  ];
  const unknown = ["", "SIG", "FOO", "0", "65", "-9", "RTMIN-1", "RTMIN+16", "RTMAX-15", "RTMAX+1"];
  for (const text of [...known, ...unknown]) {
    it(`${known.includes(text) ? "knows" : "does not know"} ${text || "nothing"}`, () => {
      expect(isSignal(text)).to.equal(known.includes(text));
    });
  }
});
