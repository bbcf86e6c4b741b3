import { expect } from "chai";
import * as fc from "fast-check";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import { decompressBzip2 } from "../../src/layer/bzip2.ts";
import { collect, inChunks } from "../support/chunks.ts";
import { outputOf } from "../support/command.ts";
import { errorOf } from "../support/error-of.ts";

function bzip2(bytes: Uint8Array, level = "-1"): Buffer {
  return outputOf(["bzip2", level, "-c"], bytes);
}

const numbers = Array.from({ length: 40_000 }, (_, index) => (index * index) % 977);
const text = Buffer.from(numbers.join("\n"));

describe("layer/bzip2", () => {
  const cases: readonly [name: string, content: Buffer][] = [
    ["nothing", Buffer.alloc(0)],
    ["one byte", Buffer.from("x")],
    ["several blocks", text],
    ["all bytes", Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    [
      "runs of every length",
      Buffer.from(Array.from({ length: 300 }, (_, n) => `${"a".repeat(n)}b`).join("")),
    ],
    ["one long run", Buffer.alloc(3_000_000, "z")],
  ];
  for (const [name, content] of cases) {
    for (const level of ["-1", "-9"]) {
      it(`decompresses ${name} that bzip2 ${level} has compressed`, async () => {
        const result = await collect(decompressBzip2(inChunks(bzip2(content, level), [3, 1, 70])));

        expect(result.equals(content)).to.equal(true);
      });
    }
  }

  it("gives back whatever bytes were compressed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        const result = await collect(decompressBzip2(inChunks(bzip2(bytes))));

        expect(result.equals(bytes)).to.equal(true);
      }),
      { numRuns: 25 },
    );
  });

  it("yields small chunks, however much one block holds", async () => {
    const content = Buffer.alloc(30_000_000);

    let largest = 0;
    for await (const chunk of decompressBzip2(inChunks(bzip2(content, "-9")))) {
      largest = Math.max(largest, chunk.length);
    }

    expect(largest).to.be.at.most(64 * 1024);
  });

  it("decompresses streams that follow each other", async () => {
    const stored = Buffer.concat([bzip2(Buffer.from("one, ")), bzip2(Buffer.from("two"), "-9")]);

    const result = await collect(decompressBzip2(inChunks(stored)));

    expect(result.toString()).to.equal("one, two");
  });

  it("notices wherever the data is cut off", async () => {
    const stored = bzip2(Buffer.from("some text"));
    for (let length = 1; length < stored.length; length += 1) {
      const error = await errorOf(collect(decompressBzip2(inChunks(stored.subarray(0, length)))));
      expect(error.code, `at ${length}`).to.equal("IMAGE_MALFORMED");
    }
  });

  it("ends with its own error, or with the right bytes, whichever bit is flipped", async () => {
    const stored = bzip2(text.subarray(0, 3000));
    await fc.assert(
      fc.asyncProperty(fc.nat(stored.length * 8 - 1), async (bit) => {
        const damaged = Buffer.from(stored);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        try {
          const result = await collect(decompressBzip2(inChunks(damaged)));
          expect(result.equals(text.subarray(0, 3000))).to.equal(true);
        } catch (error) {
          if (!isBuilderError(error, "IMAGE_MALFORMED")) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });

  it("ends with its own error for any bytes behind a header", async () => {
    const header = Buffer.from("BZh1\x31\x41\x59\x26\x53\x59", "latin1");
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 20, maxLength: 600 }), async (bytes) => {
        const source = inChunks(Buffer.concat([header, bytes]));

        const error = await errorOf(collect(decompressBzip2(source)));

        expect(error.code).to.equal("IMAGE_MALFORMED");
      }),
    );
  });

  it("refuses garbage behind the last stream", async () => {
    const stored = Buffer.concat([bzip2(text), Buffer.from("garbage")]);

    const error = await errorOf(collect(decompressBzip2(inChunks(stored))));

    expect(error.code).to.equal("IMAGE_MALFORMED");
  });
});
