import { expect } from "chai";
import {
  createHashFor,
  digestFromHex,
  digestOf,
  hexOf,
  isDigest,
  matchesDigest,
  parseDigest,
} from "../../src/image/digest.ts";

describe("image/digest", () => {
  it("makes sha256 digests", () => {
    const hex = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    expect(digestOf("hello")).to.equal(`sha256:${hex}`);
    expect(digestFromHex(hex)).to.equal(digestOf("hello"));
    expect(hexOf(digestOf("hello"))).to.equal(hex);
  });

  for (const [algorithm, length] of [
    ["sha256", 64],
    ["sha384", 96],
    ["sha512", 128],
  ] as const) {
    it(`verifies ${algorithm}`, () => {
      const digest = parseDigest(`${algorithm}:${"0".repeat(length)}`);

      expect(matchesDigest(createHashFor(digest).update("x"), digest)).to.equal(false);
      expect(isDigest(`${algorithm}:${"0".repeat(length - 1)}`)).to.equal(false);
    });
  }

  for (const text of [
    "",
    "sha256:",
    "md5:0",
    `sha256:${"A".repeat(64)}`,
    `x\nsha256:${"0".repeat(64)}`,
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseDigest(text))
        .to.throw()
        .with.property("code", "IMAGE_MALFORMED");
    });
  }
});
