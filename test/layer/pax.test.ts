import { expect } from "chai";
import * as fc from "fast-check";
import {
  formatPaxRecords,
  parsePaxNumber,
  parsePaxRecords,
  parsePaxTime,
} from "../../src/layer/pax.ts";
import { errorOf } from "../support/error-of.ts";

const keyword = fc.string({ minLength: 1, unit: fc.constantFrom("a", "Z", ".", "_", "é") });

describe("layer/pax", () => {
  it("reads what it has written, whatever the bytes", () => {
    const records = fc
      .array(fc.tuple(keyword, fc.uint8Array({ maxLength: 1100 })))
      .map((pairs) => new Map(pairs.map(([key, value]) => [key, Buffer.from(value)])));
    fc.assert(
      fc.property(records, (expected) => {
        const parsed = parsePaxRecords(formatPaxRecords(expected));

        const buffers = [...parsed].map(([key, value]) => [key, Buffer.from(value)] as const);
        expect(new Map(buffers)).to.deep.equal(expected);
      }),
    );
  });

  it("writes lengths that count their own digits, in the order of the keywords", () => {
    const records = new Map([
      ["b", Buffer.from("x".repeat(94))],
      ["a", Buffer.from("1")],
    ]);

    expect(formatPaxRecords(records).toString()).to.equal(`6 a=1\n101 b=${"x".repeat(94)}\n`);
  });

  it("takes the last of repeated records", () => {
    const parsed = parsePaxRecords(Buffer.from("6 a=1\n6 a=2\n"));

    expect(Buffer.from(parsed.get("a") ?? "").toString()).to.equal("2");
  });

  const damaged = [
    "6 a=1",
    "7 a=1\n",
    "5 a=1\n",
    "x a=1\n",
    "6a=1\n",
    " 6 a=1\n",
    "6 abc\n",
    "0 \n",
  ];
  for (const text of [...damaged, "-6 a=1\n", "99999999999999999999 a=1\n"]) {
    it(`refuses ${JSON.stringify(text)}`, async () => {
      const error = await errorOf(() => parsePaxRecords(Buffer.from(text)));

      expect(error.code).to.equal("IMAGE_MALFORMED");
    });
  }

  const times: [text: string, seconds: number, nanoseconds: number][] = [
    ["1577934245", 1_577_934_245, 0],
    ["1577934245.5", 1_577_934_245, 500_000_000],
    ["0.123456789987", 0, 123_456_789],
    ["12.", 12, 0],
    ["-1", -1, 0],
    ["-1.25", -2, 750_000_000],
    ["-0", 0, 0],
  ];
  for (const [text, seconds, nanoseconds] of times) {
    it(`reads the time ${text}`, () => {
      expect(parsePaxTime(Buffer.from(text))).to.deep.equal({ seconds, nanoseconds });
    });
  }

  for (const text of ["", "x", "1e3", "1.2.3", "+1", "9".repeat(16)]) {
    it(`refuses the time ${JSON.stringify(text)}`, async () => {
      const error = await errorOf(() => parsePaxTime(Buffer.from(text)));

      expect(error.code).to.equal("IMAGE_MALFORMED");
    });
  }

  it("reads numbers up to 2^53 - 1", async () => {
    expect(parsePaxNumber(Buffer.from("9007199254740991"))).to.equal(Number.MAX_SAFE_INTEGER);
    const error = await errorOf(() => parsePaxNumber(Buffer.from("9007199254740992")));
    expect(error.code).to.equal("IMAGE_MALFORMED");
  });
});
