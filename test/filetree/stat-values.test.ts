import { expect } from "chai";
import { deviceNumbers, fileTimeOf } from "../../src/filetree/stat-values.ts";

describe("filetree/stat-values", () => {
  for (const [rdev, major, minor] of [
    [0x103n, 1, 3],
    [0x801n, 8, 1],
    [0x493103e0n, 259, 300_000],
    [0x1000_0000_0000n, 4096, 0],
  ] as const) {
    it(`finds the numbers ${major} and ${minor} in a device`, () => {
      expect(deviceNumbers(rdev)).to.deep.equal({ major, minor });
    });
  }

  for (const [nanoseconds, time] of [
    [0n, { seconds: 0, nanoseconds: 0 }],
    [1_577_934_245_250_000_000n, { seconds: 1_577_934_245, nanoseconds: 250_000_000 }],
    [-1n, { seconds: -1, nanoseconds: 999_999_999 }],
  ] as const) {
    it(`splits ${nanoseconds} ns into seconds, rounded down, and the rest`, () => {
      expect(fileTimeOf(nanoseconds)).to.deep.equal(time);
    });
  }
});
