import { expect } from "chai";
import { type ContextSource, parseContextSource } from "../../src/context/context-source.ts";
import { errorOf } from "../support/error-of.ts";

const hex = "a".repeat(64);

describe("context/context-source", () => {
  const local: Readonly<Record<string, ContextSource>> = {
    ".": { kind: "directory", path: "." },
    "/workspace/": { kind: "directory", path: "/workspace/" },
    "dir:///workspace/app": { kind: "directory", path: "/workspace/app" },
    "DIR://app": { kind: "directory", path: "app" },
    "github.com/owner/repository": { kind: "directory", path: "github.com/owner/repository" },
    "tar:///workspace/context.tar": { kind: "archive", path: "/workspace/context.tar" },
    "tar://stdin": { kind: "stdin" },
    "-": { kind: "stdin" },
  };
  for (const [location, source] of Object.entries(local)) {
    it(`reads ${location}`, () => {
      expect(parseContextSource(location)).to.deep.equal(source);
    });
  }

  it("reads an address, with the checksum behind it", () => {
    const plain = parseContextSource("https://host.test/context.tar.gz?token=x");
    const checked = parseContextSource(`http://host.test/context.tar#sha256=${hex}`);

    expect(plain).to.deep.include({ kind: "http", checksum: undefined });
    expect(checked).to.deep.include({ kind: "http", checksum: `sha256:${hex}` });
    expect(checked).to.have.nested.property("url.href", "http://host.test/context.tar");
  });

  it("reads a bucket", () => {
    const source = parseContextSource("s3://team/app.git");
    const blob = parseContextSource("https://team.blob.core.windows.net/app/x.git");

    expect([source, blob].map(({ kind }) => kind)).to.deep.equal(["bucket", "bucket"]);
  });

  const repositories: Readonly<Record<string, readonly [remote: string, ref?: string]>> = {
    "https://host.test/app.git#main:sub": ["https://host.test/app.git", "main"],
    "git://host.test/app.git": ["git://host.test/app.git"],
    "ssh://git@host.test/app": ["ssh://git@host.test/app"],
    "git@host.test:team/app.git#v1": ["git@host.test:team/app.git", "v1"],
    "file:///srv/app#main:sub": ["file:///srv/app", "main"],
  };
  for (const [location, [remote, ref]] of Object.entries(repositories)) {
    it(`reads the repository ${location}`, () => {
      const source = parseContextSource(location);

      expect(source.kind).to.equal("git");
      expect(source).to.have.nested.property("source.remote", remote);
      expect(source).to.have.nested.property("source.ref", ref);
    });
  }

  it("reads the commit behind kaniko's ref", () => {
    const commit = "b".repeat(40);
    const place = "git://host.test/team/app#refs/heads/main#";

    const whole = { ref: "refs/heads/main", checksum: commit, fetchByCommit: true };
    expect(parseContextSource(place + commit))
      .to.have.property("source")
      .that.deep.includes(whole);
    expect(parseContextSource(`${place}bbbbbbb`)).to.have.nested.property(
      "source.fetchByCommit",
      false,
    );
    expect(parseContextSource(`${place}${commit}:sub`)).to.have.nested.property(
      "source.subdirectory",
      "sub",
    );
  });

  for (const location of ["ftp://host.test/x", "https://host.test/x#main"]) {
    it(`refuses ${location}`, async () => {
      expect((await errorOf(() => parseContextSource(location))).code).to.equal(
        "CONTEXT_UNSUPPORTED",
      );
    });
  }
});
