import { expect } from "chai";
import { parseIgnoreFile } from "../../../src/dockerfile/ignore/ignore-file.ts";
import { errorFrom } from "../../support/error-from.ts";

describe("dockerfile/ignore/ignore-file", () => {
  it("reads one clean pattern a line", () => {
    const text = "\uFEFF# comment\n\n  /a/./b/ \r\n! /c/../d\n #e\n!\n/\n";

    expect(parseIgnoreFile(text)).to.deep.equal(["a/b", "!d", "#e", "!", "/"]);
  });

  it("reads bytes", () => {
    expect(parseIgnoreFile(new TextEncoder().encode("ü\n"))).to.deep.equal(["ü"]);
  });

  it("refuses an over-long line with its number", () => {
    const error = errorFrom(() => parseIgnoreFile(`a\n${"x".repeat(65_536)}\n`));

    expect(error.code).to.equal("DOCKERFILE_SYNTAX");
    expect(error.message).to.equal("line 2 of the ignore file is longer than 65535 bytes");
  });
});
