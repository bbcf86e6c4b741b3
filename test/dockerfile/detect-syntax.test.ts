import { expect } from "chai";
import { detectCheck, detectSyntax } from "../../src/dockerfile/detect-syntax.ts";

describe("dockerfile/detect-syntax", () => {
  const found = [
    { text: "# syntax=a/b:1\n", image: "a/b:1", value: "a/b:1", line: 1 },
    { text: "#SYNTAX = a/b c d \n", image: "a/b", value: "a/b c d", line: 1 },
    { text: "#escape=`\n#syntax=a\n", image: "a", value: "a", line: 2 },
    { text: "\uFEFF#!/usr/bin/env x\n# syntax=a\n", image: "a", value: "a", line: 2 },
    { text: "// syntax=a\n{}", image: "a", value: "a", line: 1 },
    { text: '{"syntax": "a b"}', image: "a b", value: "a b", line: 0 },
  ];
  for (const { text, ...directive } of found) {
    it(`finds ${directive.image} in ${JSON.stringify(text)}`, () => {
      expect(detectSyntax(text)).to.deep.equal(directive);
    });
  }

  const without = [
    "",
    "FROM scratch\n# syntax=a\n",
    "# a comment\n# syntax=a\n",
    "\n# syntax=a\n",
    "  # syntax=a\n",
    "# syntax=\n",
    '{"syntax": 1}',
    '{"syntax": "a"',
  ];
  for (const text of without) {
    it(`finds none in ${JSON.stringify(text)}`, () => {
      expect(detectSyntax(text)).to.equal(undefined);
    });
  }

  it("finds the check directive only behind #", () => {
    expect(detectCheck("# syntax=a\n# check=skip=A;error=true\n")).to.deep.equal({
      value: "skip=A;error=true",
      line: 2,
    });
    expect(detectCheck("// check=skip=A\n")).to.equal(undefined);
  });
});
