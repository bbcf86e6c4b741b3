import { createHash } from "node:crypto";
import { constants } from "node:zlib";
import { expect } from "chai";
import { deflateEffort } from "../../src/layer/deflate-effort.ts";

const blockBytes = 256 * 1024;
const searched = { level: 6, strategy: constants.Z_DEFAULT_STRATEGY };

/** Bytes as good as random ones, and the same every time. */
function scrambled(length: number): Buffer {
  return createHash("shake256", { outputLength: length }).update("seed").digest();
}

describe("layer/deflate-effort", () => {
  it("searches text and programs for repetitions", () => {
    const text = Buffer.from("a line of text\nand another one\n".repeat(10_000));

    expect(deflateEffort(text.subarray(0, blockBytes), 6)).to.deep.equal(searched);
  });

  it("stores what is compressed already", () => {
    expect(deflateEffort(scrambled(blockBytes), 9)).to.deep.equal({ ...searched, level: 0 });
  });

  it("gives codes to letters without repetitions, and searches for none", () => {
    const letters = Buffer.from(scrambled(blockBytes).toString("base64").slice(0, blockBytes));

    expect(deflateEffort(letters, 6)).to.deep.equal({
      ...searched,
      strategy: constants.Z_HUFFMAN_ONLY,
    });
  });

  it("searches where one part of many is repeated", () => {
    const block = scrambled(blockBytes);
    for (let at = 0; at < blockBytes; at += 8192) block.fill(0, at, at + 512);

    expect(deflateEffort(block, 6)).to.deep.equal(searched);
  });

  it("searches a short block, whose samples would say little", () => {
    expect(deflateEffort(scrambled(1000), 6)).to.deep.equal(searched);
  });
});
