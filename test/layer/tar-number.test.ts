import { expect } from "chai";
import * as fc from "fast-check";
import { fitsOctal, readNumber, writeOctal } from "../../src/layer/tar-number.ts";
import { errorOf } from "../support/error-of.ts";

const field = { at: 2, length: 12 };

function blockWith(text: string): Buffer {
  return Buffer.concat([Buffer.from("xx"), Buffer.from(text.padEnd(12, "\0"), "latin1")]);
}

describe("layer/tar-number", () => {
  const cases: [text: string, value: number][] = [
    ["00000000644", 0o644],
    ["   644 ", 0o644],
    ["644", 0o644],
    ["", 0],
    ["           ", 0],
    ["777777777777", 8 ** 12 - 1],
    ["\x80\0\0\0\0\0\0\x02\0\0\0\0", 2 ** 33],
    ["\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", -2],
    ["\x80\0\0\0\0\x1f\xff\xff\xff\xff\xff\xff", Number.MAX_SAFE_INTEGER],
  ];
  for (const [text, value] of cases) {
    it(`reads ${JSON.stringify(text)} as ${value}`, () => {
      expect(readNumber(blockWith(text), field)).to.equal(value);
    });
  }

  for (const text of [
    "00000000648",
    "-1",
    "1 2",
    "0x1",
    "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, async () => {
      const error = await errorOf(() => readNumber(blockWith(text), field));

      expect(error.code).to.equal("IMAGE_MALFORMED");
    });
  }

  it("reads what it has written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 ** 11 - 1 }), (value) => {
        const block = Buffer.alloc(20, 0xff);
        block.fill(0, 2, 14);
        writeOctal(block, field, value);

        expect(readNumber(block, field)).to.equal(value);
      }),
    );
  });

  it("knows what fits", () => {
    expect(fitsOctal(8 ** 11 - 1, field)).to.equal(true);
    expect(fitsOctal(8 ** 11, field)).to.equal(false);
    expect(fitsOctal(-1, field)).to.equal(false);
  });
});
