import { mkdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import type { BuildContext } from "../../src/context/context.ts";
import { openNamedContext } from "../../src/context/open-named-context.ts";
import { literalPattern } from "../../src/filetree/glob.ts";
import { errorOf } from "../support/error-of.ts";
import { git, startGitServer } from "../support/git/http-server.ts";
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
  ] as const) {
    it(`refuses ${location}`, async () => {
      expect((await errorOf(open(location))).code).to.equal(code);
    });
  }
});
