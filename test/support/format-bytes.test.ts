import { expect } from "chai";
import { formatBytes } from "../../src/support/format-bytes.ts";

describe("support/format-bytes", () => {
  for (const [bytes, text] of [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1 KiB"],
    [1536, "1.5 KiB"],
    [268435456, "256 MiB"],
    [110.4 * 1024 ** 3, "110 GiB"],
    [3000 * 1024 ** 4, "3000 TiB"],
  ] as const) {
    it(`writes ${bytes} as ${text}`, () => {
      expect(formatBytes(bytes)).to.equal(text);
    });
  }
});
