import { mkdir, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { defaultArchiveLimits } from "../../src/context/archive-limits.ts";
import type { BuildContext } from "../../src/context/context.ts";
import { openNamedContext } from "../../src/context/open-named-context.ts";
import { literalPattern } from "../../src/filetree/glob.ts";
import { digestOf, hexOf } from "../../src/image/digest.ts";
import { errorOf } from "../support/error-of.ts";
import { git, startGitServer } from "../support/git/http-server.ts";
import { rawTar } from "../support/raw-tar.ts";
import { makeRemoteAccess } from "../support/remote-access.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { listing, someTime } from "../support/tree.ts";
import { startWebServer } from "../support/web-server.ts";

describe("context/open-named-context", () => {
  let temporary: TemporaryDirectory;

  beforeEach(async () => {
    temporary = await makeTemporaryDirectory();
  });

  afterEach(() => temporary[Symbol.asyncDispose]());

  const open = async (location: string): Promise<BuildContext> =>
    openNamedContext(location, {
      workingDirectory: temporary.path,
      access: await makeRemoteAccess(temporary),
      limits: defaultArchiveLimits,
      time: someTime,
    });

  it("opens a directory with the ignore file in it", async () => {
    await mkdir(temporary.join("other"));
    await writeFile(temporary.join("other/.dockerignore"), "secret\n");
    await writeFile(temporary.join("other/secret"), "");
    await writeFile(temporary.join("other/file"), "");

    const tree = await (await open("other")).load([literalPattern("")]);

    expect([...tree.root.children.keys()].toSorted()).to.deep.equal([".dockerignore", "file"]);
  });

  it("takes github.com/... without a scheme for a path", async () => {
    await mkdir(temporary.join("github.com/team/app.git"), { recursive: true });

    const context = await open("github.com/team/app.git");

    expect(context.description).to.equal(temporary.join("github.com/team/app.git"));
  });

  it("downloads a URL as the file `context`", async () => {
    await using server = await startWebServer((_request, response) => {
      response.writeHead(200, { "last-modified": "Thu, 01 Jan 1970 00:00:05 GMT" }).end("page");
    });

    const tree = await (await open(`http://${server.host}/dir/page.html`)).load([
      literalPattern("context"),
    ]);

    expect(listing(tree)).to.deep.equal(["context file 600 0:0"]);
    expect(tree.get("context")?.mtime).to.deep.equal({ seconds: 5, nanoseconds: 0 });
  });

  it("gives a file without a time the time of the build", async () => {
    await using server = await startWebServer((_request, response) => void response.end("page"));

    const tree = await (await open(`http://${server.host}/`)).load([literalPattern("context")]);

    expect(tree.get("context")?.mtime).to.deep.equal(someTime);
  });

  it("takes a URL for what its checksum says, and for nothing else", async () => {
    await using server = await startWebServer((_request, response) => void response.end("page"));
    const address = `http://${server.host}/page#sha256=`;

    const tree = await (await open(address + hexOf(digestOf("page")))).load([literalPattern("")]);
    const error = await errorOf(open(address + hexOf(digestOf("other"))));

    expect(listing(tree)).to.deep.equal(["context file 600 0:0"]);
    expect(error.code).to.equal("CONTEXT_CHECKSUM_MISMATCH");
  });

  it("unpacks an archive, from the working directory, with all that is in it", async () => {
    await writeFile(
      temporary.join("a.tgz"),
      gzipSync(
        rawTar([
          { name: "docs/page", type: "0", body: "text" },
          { name: ".dockerignore", type: "0", body: "docs" },
        ]),
      ),
    );

    const context = await open("tar://a.tgz");

    expect(context.description).to.equal("a.tgz");
    expect(listing(await context.load([literalPattern("docs")]))).to.deep.equal([
      "docs directory 755 0:0",
      "docs/page file 644 0:0",
    ]);
  });

  it("takes what is no archive for the file `context`", async () => {
    await writeFile(temporary.join("page"), "text");

    const tree = await (await open("tar://page")).load([literalPattern("")]);

    expect(listing(tree)).to.deep.equal(["context file 600 0:0"]);
  });

  it("checks out a repository", async () => {
    await mkdir(temporary.join("source/docs"), { recursive: true });
    await writeFile(temporary.join("source/docs/page"), "text");
    const source = temporary.join("source");
    await git(source, ["init", "--quiet", "--initial-branch=main"]);
    await git(source, ["add", "."]);
    await git(source, ["commit", "--quiet", "--message=first"]);
    await git(temporary.path, ["clone", "--quiet", "--bare", source, "app.git"]);
    await using server = await startGitServer(temporary.path);

    const tree = await (await open(`http://${server.host}/app.git#main:docs`)).load([
      literalPattern(""),
    ]);

    expect(listing(tree)).to.deep.equal(["page file 644 0:0"]);
  });

  for (const [location, code] of [
    ["absent", "CONTEXT_NOT_FOUND"],
    ["nfs://host/directory", "CONTEXT_UNSUPPORTED"],
    ["tar://stdin", "CONTEXT_UNSUPPORTED"],
    ["tar://absent", "CONTEXT_NOT_FOUND"],
  ] as const) {
    it(`refuses ${location}`, async () => {
      expect((await errorOf(open(location))).code).to.equal(code);
    });
  }
});
