import { expect } from "chai";
import { compressToFrames } from "../../src/layer/zstd-compress.ts";
import { collect, inChunks } from "../support/chunks.ts";
import { outputOf } from "../support/command.ts";

const blockBytes = 256 * 1024;

/** Bytes that repeat only far away. */
function sample(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * index) >> 9));
}

function compress(bytes: Buffer, level?: number): Promise<Buffer> {
  const cuts = Array.from({ length: Math.floor(bytes.length / blockBytes) }, () => blockBytes);
  return collect(compressToFrames(inChunks(bytes, cuts), level));
}

describe("layer/zstd-compress", function () {
  this.timeout(30_000);

  it("is undone by the program zstd, which verifies the checksums of all frames", async () => {
    const bytes = Buffer.concat(Array.from({ length: 20 }).fill(sample(1_000_000)) as Buffer[]);

    expect(outputOf(["zstd", "-dc"], await compress(bytes)).equals(bytes)).to.equal(true);
  });

  it("makes a frame of nothing", async () => {
    expect(outputOf(["zstd", "-dc"], await compress(Buffer.alloc(0)))).to.have.lengthOf(0);
  });

  it("starts a new frame where a few of its windows are full, wherever blocks end", async () => {
    const bytes = Buffer.concat([sample(3_000_000), Buffer.alloc(37_000_000)]);
    const blocks = Array.from({ length: 39 }, () => 1_000_000);

    const frames = await Array.fromAsync(compressToFrames(inChunks(bytes, [])));
    const cut = await Array.fromAsync(compressToFrames(inChunks(bytes, blocks)));

    expect(frames).to.have.lengthOf(5);
    expect(Buffer.concat(cut).equals(Buffer.concat(frames))).to.equal(true);
  });

  it("compresses more at a higher level", async () => {
    const bytes = sample(1_000_000);

    expect((await compress(bytes, 15)).length).to.be.lessThan((await compress(bytes, 1)).length);
  });

  it("gives the same bytes every time", async () => {
    const bytes = Buffer.concat([sample(3_000_000), Buffer.alloc(20_000_000)]);

    expect((await compress(bytes)).equals(await compress(bytes))).to.equal(true);
  });
});
