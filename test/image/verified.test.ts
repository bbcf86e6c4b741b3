import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import { verified } from "../../src/image/verified.ts";
import { collect, inChunks } from "../support/chunks.ts";
import { errorOf } from "../support/error-of.ts";

const bytes = Buffer.from("some content");
const expected = { digest: digestOf(bytes), size: bytes.length };

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) yield await Promise.resolve(bytes);
}

describe("image/verified", () => {
  it("passes what is expected", async () => {
    expect((await collect(verified(inChunks(bytes, [5]), expected))).equals(bytes)).to.equal(true);
  });

  for (const [name, other] of [
    ["other bytes", Buffer.from("some c0ntent")],
    ["fewer bytes", bytes.subarray(1)],
    ["no bytes", Buffer.alloc(0)],
  ] as const) {
    it(`refuses ${name}`, async () => {
      const error = await errorOf(collect(verified(inChunks(other), expected)));

      expect(error.code).to.equal("IMAGE_MALFORMED");
      expect(error.message).to.contain(expected.digest);
    });
  }

  it("refuses more bytes as soon as they come", async () => {
    const error = await errorOf(collect(verified(endless(), expected)));

    expect(error.code).to.equal("IMAGE_MALFORMED");
  });
});
