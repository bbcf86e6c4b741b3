import { expect } from "chai";
import { formatLayoutReference, parseLayoutReference } from "../../src/image/layout-reference.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("image/layout-reference", () => {
  for (const [text, expected] of [
    ["images", { directory: "images" }],
    ["/images/app:1.2", { directory: "/images/app", tag: "1.2" }],
    [`./images@${digest}`, { directory: "./images", digest }],
    [`images:latest@${digest}`, { directory: "images", tag: "latest", digest }],
    ["/run@home/images", { directory: "/run@home/images" }],
    ["/a:b/images", { directory: "/a:b/images" }],
    ["images@sha256:abc", { directory: "images@sha256", tag: "abc" }],
    ["", { directory: "" }],
  ] as const) {
    it(`reads ${JSON.stringify(text)}`, () => {
      const reference = parseLayoutReference(text);

      expect(reference).to.deep.equal(expected);
      expect(formatLayoutReference(reference)).to.equal(`oci-layout://${text}`);
    });
  }
});
