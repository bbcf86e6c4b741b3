import { expect } from "chai";
import * as fc from "fast-check";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import {
  formatFamiliar,
  formatReference,
  parseReference,
  sameRepository,
  withDefaultTag,
} from "../../src/image/reference.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("image/reference", () => {
  const cases = [
    ["busybox", "docker.io/library/busybox", "busybox"],
    ["index.docker.io/library/busybox:1", "docker.io/library/busybox:1", "busybox:1"],
    ["owner/app", "docker.io/owner/app", "owner/app"],
    ["localhost/app", "localhost/app", "localhost/app"],
    ["127.0.0.1:5000/a/b:tag", "127.0.0.1:5000/a/b:tag", "127.0.0.1:5000/a/b:tag"],
    ["[::1]:5000/app", "[::1]:5000/app", "[::1]:5000/app"],
    ["r.test/a__b/c--d.e_f:_1", "r.test/a__b/c--d.e_f:_1", "r.test/a__b/c--d.e_f:_1"],
    [`r.test/a:${"t".repeat(128)}`, `r.test/a:${"t".repeat(128)}`, `r.test/a:${"t".repeat(128)}`],
    [`quay.io/a/b:v1@${digest}`, `quay.io/a/b:v1@${digest}`, `quay.io/a/b:v1@${digest}`],
  ] as const;
  for (const [input, full, familiar] of cases) {
    it(`reads ${input}`, () => {
      const reference = parseReference(input);

      expect(formatReference(reference)).to.equal(full);
      expect(formatFamiliar(reference)).to.equal(familiar);
    });
  }

  const malformed = ["", "bad::name", "a b", "Upper", "foo_bar.com/x:", "a@sha256:00", "//a"];
  const misnamed = ["a___b", "a..b", "-a", "a/b-", "r.test/a._b", "a:.1", `a:${"t".repeat(129)}`];
  for (const input of [...malformed, ...misnamed]) {
    it(`refuses ${JSON.stringify(input)}`, () => {
      expect(() => parseReference(input))
        .to.throw(/cannot read image name/)
        .with.property("code", "IMAGE_REFERENCE_INVALID");
    });
  }

  it("adds the default tag only where there is neither tag nor digest", () => {
    expect(withDefaultTag(parseReference("a"))).to.have.property("tag", "latest");
    expect(withDefaultTag(parseReference("a:1"))).to.have.property("tag", "1");
    expect(withDefaultTag(parseReference(`a@${digest}`))).not.to.have.property("tag");
  });

  it("compares repositories without tags", () => {
    expect(sameRepository(parseReference("a:1"), parseReference("docker.io/library/a"))).to.equal(
      true,
    );
    expect(sameRepository(parseReference("a"), parseReference("b/a"))).to.equal(false);
  });

  it("reads what it has formatted as the same reference", () => {
    const letter = fc.constantFrom(...Array.from("abz09AZ._-/:@[]"));
    fc.assert(
      fc.property(fc.string({ unit: letter, maxLength: 40 }), (text) => {
        const reference = tryParse(text);
        if (reference === undefined) return;
        expect(parseReference(formatReference(reference))).to.deep.equal(reference);
        expect(parseReference(formatFamiliar(reference))).to.deep.equal(reference);
      }),
      { numRuns: 2000 },
    );
  });
});

function tryParse(text: string): ReturnType<typeof parseReference> | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (isBuilderError(error, "IMAGE_REFERENCE_INVALID")) return undefined;
    throw error;
  }
}
