import { expect } from "chai";
import { IgnoredSources } from "../../../src/dockerfile/checks/ignored-sources.ts";
import { instructionOf, reported } from "../../support/reported.ts";

const copy = instructionOf("COPY", "COPY a b");

describe("dockerfile/checks/ignored-sources", () => {
  const cases: { patterns: string[]; source: string; named: string | undefined }[] = [
    { patterns: [], source: "a", named: undefined },
    { patterns: ["a"], source: "a", named: "a" },
    { patterns: ["a"], source: "./b/../a/", named: "a" },
    { patterns: ["a"], source: "a/deep/file", named: "a/deep/file" },
    { patterns: ["a"], source: "/a", named: undefined },
    { patterns: ["*.md"], source: "x.md", named: "x.md" },
    { patterns: ["*.md"], source: "*.md", named: "*.md" },
    { patterns: ["a", "!b"], source: "a", named: undefined },
    { patterns: ["*"], source: ".", named: "." },
    { patterns: ["**"], source: "/", named: "/" },
    { patterns: ["?*"], source: ".", named: undefined },
  ];
  for (const { patterns, source, named } of cases) {
    it(`${named === undefined ? "does not warn" : "warns"} of ${source} with ${JSON.stringify(patterns)}`, () => {
      const ignored = new IgnoredSources(patterns);
      const found = reported((reporter) => ignored.check(source, copy, reporter));

      expect(found).to.deep.equal(
        named === undefined
          ? []
          : [
              `CopyIgnoredFile: Attempting to Copy file "${named}" that is excluded by .dockerignore`,
            ],
      );
    });
  }

  it("says Add of an ADD", () => {
    const add = instructionOf("ADD", "ADD a b");
    const found = reported((reporter) => new IgnoredSources(["a"]).check("a", add, reporter));

    expect(found[0]).to.include("Attempting to Add file");
  });
});
