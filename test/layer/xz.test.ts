import { expect } from "chai";
import { decompressXz } from "../../src/layer/xz.ts";
import { collect, inChunks } from "../support/chunks.ts";
import { outputOf } from "../support/command.ts";
import { errorOf } from "../support/error-of.ts";

function xz(bytes: Uint8Array, ...options: readonly string[]): Buffer {
  return outputOf(["xz", "-c", ...options], bytes);
}

const text = Buffer.from(Array.from({ length: 60_000 }, (_, n) => (n * n) % 977).join("\n"));

describe("layer/xz", () => {
  const cases: readonly (readonly string[])[] = [
    ["-0"],
    ["-6"],
    ["-9"],
    ["--check=crc32"],
    ["--check=none"],
    ["--block-size=10000"],
  ];
  for (const options of cases) {
    it(`decompresses what xz ${options.join(" ")} has compressed`, async () => {
      const result = await collect(decompressXz(inChunks(xz(text, ...options), [3, 1, 70])));

      expect(result.equals(text)).to.equal(true);
    });
  }

  it("decompresses nothing, and streams that follow each other", async () => {
    const streams = ["one, ", "", "two"].map((part) => xz(Buffer.from(part)));

    const result = await collect(decompressXz(inChunks(Buffer.concat(streams))));

    expect(result.toString()).to.equal("one, two");
  });

  it("notices wherever the data is cut off", async () => {
    const stored = xz(Buffer.from("some text"));
    for (let length = 1; length < stored.length; length += 1) {
      const error = await errorOf(collect(decompressXz(inChunks(stored.subarray(0, length)))));
      expect(error.code, `at ${length}`).to.equal("IMAGE_MALFORMED");
    }
  });

  it("notices damage", async () => {
    const stored = xz(text);
    const middle = stored.length >> 1;
    stored[middle] = (stored[middle] ?? 0) ^ 0xff;

    const error = await errorOf(collect(decompressXz(inChunks(stored))));

    expect(error.code).to.equal("IMAGE_MALFORMED");
  });

  for (const option of ["--check=sha256", "--x86", "--delta"]) {
    it(`says that it cannot read what xz ${option} has compressed`, async () => {
      const filters = option === "--check=sha256" ? [] : ["--lzma2"];

      const error = await errorOf(collect(decompressXz(inChunks(xz(text, option, ...filters)))));

      expect(error.code).to.equal("CONTEXT_UNREADABLE");
      expect(error.hint).to.contain("xz -9");
    });
  }

  it("can be left early, and used again", async () => {
    for (let count = 0; count < 3; count += 1) {
      for await (const _ of decompressXz(inChunks(xz(text)))) break;
    }

    expect((await collect(decompressXz(inChunks(xz(text))))).equals(text)).to.equal(true);
  });

  it("decompresses for several at a time", async () => {
    const results = await Promise.all(
      Array.from({ length: 4 }, () => collect(decompressXz(inChunks(xz(text), [100, 100])))),
    );

    expect(results.every((result) => result.equals(text))).to.equal(true);
  });
});
