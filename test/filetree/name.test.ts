import { expect } from "chai";
import * as fc from "fast-check";
import { compareNames, decodeName, encodeName, fsPath } from "../../src/filetree/name.ts";

describe("filetree/name", () => {
  it("keeps every sequence of bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(encodeName(decodeName(bytes))).to.deep.equal(Buffer.from(bytes));
      }),
    );
  });

  it("reads UTF-8 as what it is", () => {
    expect(decodeName(Buffer.from("ünï-код-😀"))).to.equal("ünï-код-😀");
  });

  it("reads other bytes one by one as lone surrogates", () => {
    expect(decodeName(Buffer.from([0x61, 0xff, 0xc3, 0x62]))).to.equal("a\udcff\udcc3b");
  });

  it("does not take the UTF-8 of a surrogate for one of its own", () => {
    const bytes = Buffer.from([0xed, 0xb3, 0xbf]);

    expect(encodeName(decodeName(bytes))).to.deep.equal(bytes);
  });

  it("gives node:fs a buffer only where a string cannot say the name", () => {
    expect(fsPath("/é")).to.equal("/é");
    expect(fsPath("/\udcff")).to.deep.equal(Buffer.from([0x2f, 0xff]));
  });

  it("orders names by their bytes", () => {
    const name = fc.uint8Array({ maxLength: 6 }).map(decodeName);
    const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "\uffee", "😀", "\udc80") });
    fc.assert(
      fc.property(fc.oneof(name, text), fc.oneof(name, text), (a, b) => {
        const expected = Buffer.compare(encodeName(a), encodeName(b));
        expect(Math.sign(compareNames(a, b))).to.equal(expected);
      }),
    );
  });
});
