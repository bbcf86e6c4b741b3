import { expect } from "chai";
import type { AddInstruction } from "../../src/dockerfile/instruction.ts";
import { parseInstruction } from "../../src/dockerfile/parse.ts";
import { digestOf } from "../../src/image/digest.ts";
import { assertPaths, readAddSources } from "../../src/plan/copy-sources.ts";
import { errorFrom } from "../support/error-from.ts";

function add(flags = ""): AddInstruction {
  const location = { file: "Dockerfile", firstLine: 1, lastLine: 1 };
  return parseInstruction(`ADD ${flags} a b`, location) as AddInstruction;
}

describe("plan/copy-sources", () => {
  const kinds: readonly [source: string, kind: string][] = [
    ["a/b", "local"],
    ["github.com/o/r", "local"],
    ["ftp://host/x", "local"],
    ["http://host/x", "http"],
    ["https://host/x.git/y", "http"],
    ["https://host/x.git", "git"],
    ["https://host/x.git#main:sub", "git"],
    ["git@host:x", "git"],
    ["ssh://host/x", "git"],
  ];
  for (const [source, kind] of kinds) {
    it(`takes ${source} for ${kind}`, () => {
      expect(readAddSources([source], add(), undefined)[0]).to.have.property("kind", kind);
    });
  }

  it("gives the flags to what they are for", () => {
    const checksum = digestOf("x");

    expect(readAddSources(["http://host/x"], add(), checksum)).to.deep.equal([
      { kind: "http", url: "http://host/x", checksum },
    ]);
    const [git] = readAddSources(["git@host:x"], add("--keep-git-dir"), "abc");
    expect(git).to.have.nested.property("git.checksum", "abc");
    expect(git).to.have.nested.property("git.keepGitDir", true);
  });

  it("leaves to the URL what no flag says", () => {
    const [git] = readAddSources(["git@host:x?keep-git-dir=1&commit=ab"], add(), undefined);

    expect(git).to.have.nested.property("git.checksum", "ab");
    expect(git).to.have.nested.property("git.keepGitDir", true);
  });

  const remote: readonly [source: string, what: string][] = [
    ["http://host/x", "a URL"],
    ["https://host/x.git", "a git ref"],
    ["git@host:x", "a git ref"],
  ];
  for (const [source, what] of remote) {
    it(`refuses ${source} for COPY`, () => {
      const error = errorFrom(() => assertPaths(["github.com/o/r", source]));

      expect(error.message).to.equal(`source can't be ${what} for COPY`);
    });
  }
});
