import { expect } from "chai";
import { parseGitOptions } from "../../src/cli/git-options.ts";
import { errorOf } from "../support/error-of.ts";

const nothing = {
  branch: undefined,
  depth: undefined,
  submodules: undefined,
  skipsTlsVerify: false,
};

describe("cli/git-options", () => {
  const texts: readonly [readonly string[], object][] = [
    [[], {}],
    [["branch=main"], { branch: "main" }],
    [["branch=a=b", "branch=c"], { branch: "c" }],
    [["depth=0"], { depth: 0 }],
    [
      ["depth=3,single-branch,recurse-submodules,insecure-skip-tls"],
      { depth: 3, submodules: true, skipsTlsVerify: true },
    ],
    [["single-branch=true", "recurse-submodules=false"], { submodules: false }],
    [["insecure-skip-tls=false"], {}],
  ];
  for (const [given, expected] of texts) {
    it(`reads ${JSON.stringify(given)}`, () => {
      expect(parseGitOptions("--git", given)).to.deep.equal({ ...nothing, ...expected });
    });
  }

  for (const text of [
    "branch",
    "branch=",
    "depth=-1",
    "depth=x",
    "single-branch=maybe",
    "tag=v1",
    "a,b",
  ]) {
    it(`refuses ${text}`, async () => {
      const error = await errorOf(() => parseGitOptions("--git", [text]));

      expect(error.code).to.equal("USAGE_INVALID_VALUE");
      expect(error.hint).to.include("recurse-submodules");
    });
  }
});
