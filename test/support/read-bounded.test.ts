import { Readable } from "node:stream";
import { expect } from "chai";
import { readBounded } from "../../src/support/read-bounded.ts";

describe("support/read-bounded", () => {
  it("gives all bytes of a stream that keeps to the limit", async () => {
    const stream = Readable.from([Buffer.from("ab"), Buffer.from("c")]);

    expect(await readBounded(stream, 3)).to.deep.equal({
      kind: "complete",
      bytes: Buffer.from("abc"),
    });
  });

  it("closes a stream that does not end", async () => {
    const stream = new Readable({
      read() {
        this.push("x".repeat(1000));
      },
    });

    expect(await readBounded(stream, 10_000)).to.deep.equal({ kind: "too-long" });
    expect(stream.destroyed).to.equal(true);
  });
});
