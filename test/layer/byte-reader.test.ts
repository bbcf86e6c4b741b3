import { expect } from "chai";
import * as fc from "fast-check";
import { ByteReader } from "../../src/layer/byte-reader.ts";
import { inChunks } from "../support/chunks.ts";

const bytes = Buffer.from(Array.from({ length: 100 }, (_, index) => index));

describe("layer/byte-reader", () => {
  it("gives the same bytes however the source is cut", async () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("take", "some", "skip"), fc.nat(40)));
    await fc.assert(
      fc.asyncProperty(steps, fc.array(fc.nat(20)), async (calls, cuts) => {
        const reader = new ByteReader(inChunks(bytes, cuts));
        for (const [call, count] of calls) {
          const at = reader.offset;
          if (call === "skip") {
            expect(await reader.skip(count)).to.equal(at + count <= bytes.length);
            continue;
          }
          const got = call === "take" ? await reader.take(count) : await reader.some(count);
          expect(Buffer.from(got)).to.deep.equal(bytes.subarray(at, at + got.length));
          const expected = Math.min(count, bytes.length - at);
          if (call === "take") expect(got.length).to.equal(expected);
          else expect(got.length > 0).to.equal(expected > 0);
        }
      }),
    );
  });

  it("does not copy what is in one chunk", async () => {
    const reader = new ByteReader(inChunks(bytes, []));

    expect((await reader.take(10)).buffer).to.equal(bytes.buffer);
  });

  it("ends the source when it is closed", async () => {
    let ended = false;
    async function* source(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield await Promise.resolve(bytes);
      } finally {
        ended = true;
      }
    }
    const reader = new ByteReader(source());

    await reader.take(1);
    await reader.close();

    expect(ended).to.equal(true);
  });
});
