import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import * as fc from "fast-check";
import { gzipBlocks } from "../../src/layer/gzip-blocks.ts";
import { collect, inChunks } from "../support/chunks.ts";
import { outputOf } from "../support/command.ts";

describe("layer/gzip-blocks", () => {
  it("is undone by gunzip", async () => {
    const blocks = fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(blocks, fc.integer({ min: 1, max: 9 }), async (parts, level) => {
        const bytes = Buffer.concat(parts);
        const cuts = parts.map(({ length }) => length);

        const compressed = await collect(gzipBlocks(inChunks(bytes, cuts), level));

        expect(gunzipSync(compressed).equals(bytes)).to.equal(true);
      }),
      { numRuns: 50 },
    );
  });

  it("is undone by the program gzip, which verifies length and checksum", async () => {
    const bytes = Buffer.from(
      Array.from({ length: 1_000_000 }, (_, index) => (index * index) >> 9),
    );
    const cuts = [262_144, 262_144, 262_144];

    const compressed = await collect(gzipBlocks(inChunks(bytes, cuts)));

    expect(outputOf(["gzip", "-dc"], compressed).equals(bytes)).to.equal(true);
  });

  it("finds repetitions in the block before", async () => {
    const block = Buffer.from(Array.from({ length: 30_000 }, (_, index) => (index * index) >> 5));

    const one = await collect(gzipBlocks(inChunks(block)));
    const two = await collect(gzipBlocks(inChunks(Buffer.concat([block, block]), [block.length])));

    expect(two.length).to.be.lessThan(one.length * 1.1);
  });

  it("gives the same bytes every time", async () => {
    const bytes = Buffer.from("some text that is repeated ".repeat(50_000));
    const cuts = Array.from({ length: 10 }, () => 100_000);

    const first = await collect(gzipBlocks(inChunks(bytes, cuts)));

    expect((await collect(gzipBlocks(inChunks(bytes, cuts)))).equals(first)).to.equal(true);
  });

  it("names no time, file or system", async () => {
    const compressed = await collect(gzipBlocks(inChunks(Buffer.from("x"))));

    expect(compressed.toString("hex", 0, 10)).to.equal("1f8b08000000000000ff");
  });

  it("takes blocks only as fast as it gives them away", async () => {
    let taken = 0;
    async function* source(): AsyncGenerator<Buffer> {
      for (; taken < 100; taken += 1) yield await Promise.resolve(Buffer.alloc(10));
    }
    const compressed = gzipBlocks(source());

    await compressed.next();
    await compressed.next();

    expect(taken).to.be.lessThan(10);
    await compressed.return(undefined);
  });

  it("passes errors of the source unchanged", async () => {
    const failure = new Error("read");
    async function* source(): AsyncGenerator<Buffer> {
      yield await Promise.resolve(Buffer.from("x"));
      throw failure;
    }

    const error: unknown = await collect(gzipBlocks(source())).catch((reason: unknown) => reason);

    expect(error).to.equal(failure);
  });
});
