import { expect } from "chai";
import { type CompressionValues, readCompression } from "../../src/cli/compression-options.ts";
import type { ImageFormat } from "../../src/image/image-format.ts";
import { errorOf } from "../support/error-of.ts";

function read(
  compression: CompressionValues["compression"],
  level?: string,
  format: ImageFormat = "oci",
): unknown {
  return readCompression({ compression, "compression-level": level }, format);
}

describe("cli/compression-options", () => {
  it("leaves the level to the algorithm where none is given, or kaniko's -1", () => {
    expect(read("gzip")).to.deep.equal({ algorithm: "gzip" });
    expect(read("zstd", "-1")).to.deep.equal({ algorithm: "zstd" });
  });

  it("takes the levels that the algorithm has", () => {
    expect(read("gzip", "9")).to.deep.equal({ algorithm: "gzip", level: 9 });
    expect(read("zstd", "19")).to.deep.equal({ algorithm: "zstd", level: 19 });
  });

  for (const [algorithm, level] of [
    ["gzip", "0"],
    ["gzip", "10"],
    ["gzip", "fast"],
    ["zstd", "20"],
    ["zstd", "1.5"],
  ] as const) {
    it(`refuses level ${level} of ${algorithm}`, async () => {
      const error = await errorOf(() => read(algorithm, level));

      expect(error.code).to.equal("USAGE_INVALID_VALUE");
      expect(error.hint).to.match(/from 1 to (9|19)$/);
    });
  }

  it("refuses zstd in Docker's format, and a level without compression", async () => {
    const zstd = await errorOf(() => read("zstd", undefined, "docker"));
    const none = await errorOf(() => read("none", "3"));

    expect([zstd.code, none.code]).to.deep.equal(["USAGE_CONFLICT", "USAGE_CONFLICT"]);
    expect(zstd.message).to.include("--image-format docker");
  });

  it("lets Docker's format have gzip and plain layers", () => {
    expect(read("gzip", "1", "docker")).to.deep.equal({ algorithm: "gzip", level: 1 });
    expect(read("none", undefined, "docker")).to.deep.equal({ algorithm: "none" });
  });
});
