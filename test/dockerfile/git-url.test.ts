import { expect } from "chai";
import { isGitTransport } from "../../src/dockerfile/git-remote.ts";
import { formatGitSource, type GitSource, parseGitUrl } from "../../src/dockerfile/git-url.ts";
import { errorFrom } from "../support/error-from.ts";

const plain: GitSource = {
  remote: "https://git.example/team/tool.git",
  shortName: "tool",
  ref: undefined,
  checksum: undefined,
  subdirectory: undefined,
  isAmbiguous: false,
  isUnencrypted: false,
  keepGitDir: undefined,
  submodules: undefined,
  mtime: undefined,
  fetchByCommit: false,
};

describe("dockerfile/git-url", () => {
  const read = [
    { text: "https://git.example/team/tool.git", source: {} },
    {
      text: "HTTPS://git.example/team/tool.git#v1:/a/../b",
      source: { ref: "v1", subdirectory: "b" },
    },
    {
      text: "https://git.example/team/tool.git?tag=v1&subdir=a%20b&keep-git-dir&submodules=0",
      source: { ref: "refs/tags/v1", subdirectory: "a b", keepGitDir: true, submodules: false },
    },
    {
      text: "https://git.example/team/tool.git?branch=b&commit=abc&mtime=commit&fetch-by-commit=1",
      source: { ref: "refs/heads/b", checksum: "abc", mtime: "commit", fetchByCommit: true },
    },
    {
      text: "git://git.example/team/tool#main",
      source: { remote: "git://git.example/team/tool", ref: "main", isUnencrypted: true },
    },
    {
      text: "me@git.example:team/tool.git?ref=x",
      source: { remote: "me@git.example:team/tool.git", ref: "x" },
    },
    {
      text: "ssh://me:p%40ss@git.example:22/team/tool.git",
      source: { remote: "ssh://me:p%40ss@git.example:22/team/tool.git" },
    },
    { text: "github.com/team/tool", source: { remote: "github.com/team/tool", isAmbiguous: true } },
  ];
  for (const { text, source } of read) {
    it(`reads ${text}`, () => {
      expect(parseGitUrl(text)).to.deep.equal({ ...plain, ...source });
    });
  }

  const others = [
    "",
    "./tool.git",
    "tool.git",
    "https://git.example/archive.tar.gz",
    "https://git.example/tool.git/",
    "https://git.example:x/tool.git",
    "https://git.example/%zz.git",
    "https://a:b:c/tool.git",
    "ftp://git.example/tool.git",
    "https://git.example/tool.git\n",
  ];
  for (const text of others) {
    it(`does not take ${JSON.stringify(text)} for git`, () => {
      expect(parseGitUrl(text)).to.equal(undefined);
    });
  }

  const refused = [
    ["?ref=a#b", 'ref conflicts: "b" vs "a"'],
    ["?tag=a&branch=b", "branch conflicts with tag"],
    ["?subdir=a#:b", 'subdir conflicts: "b" vs "a"'],
    ["?ref=a&ref=a", 'query "ref" has multiple values'],
    ["?ref=", 'query "ref" has no value'],
    ["?Ref=a", 'unexpected query "Ref"'],
    ["?mtime=now", 'invalid mtime value: "now" (must be "checkout" or "commit")'],
    ["?submodules=maybe", 'invalid submodules value: "maybe"'],
  ] as const;
  for (const [query, message] of refused) {
    it(`refuses ${query}`, () => {
      const error = errorFrom(() => parseGitUrl(`https://git.example/tool.git${query}`));

      expect(error.code).to.equal("DOCKERFILE_INVALID");
      expect(error.message).to.equal(message);
    });
  }

  it("writes ref and directory as a fragment", () => {
    expect(formatGitSource(plain)).to.equal(plain.remote);
    expect(formatGitSource({ ...plain, ref: "v1", subdirectory: "/a/" })).to.equal(
      `${plain.remote}#v1:a`,
    );
    expect(formatGitSource({ ...plain, subdirectory: "a" })).to.equal(`${plain.remote}#:a`);
  });

  it("tells a git transport by its form alone", () => {
    expect(isGitTransport("https://example.com")).to.equal(true);
    expect(isGitTransport("a@b:c")).to.equal(true);
    expect(isGitTransport("oci://x")).to.equal(false);
  });
});
