import { expect } from "chai";
import { download, loadRepository } from "../../../src/build/copy/remote.ts";
import { parseGitUrl } from "../../../src/dockerfile/git-url.ts";
import { errorOf } from "../../support/error-of.ts";
import { StepYard } from "../../support/step-yard.ts";
import { listing } from "../../support/tree.ts";
import { startWebServer } from "../../support/web-server.ts";

describe("build/copy/remote", () => {
  it("gives a download as the only file of a tree", async () => {
    await using yard = await StepYard.open();
    await using server = await startWebServer((_, response) => void response.end("text"));
    const { scope } = yard.prepare("COPY a /b");
    const url = `http://${server.host}/a%20file`;

    const { tree, path } = await download({ kind: "http", url, checksum: undefined }, scope);

    expect(path).to.equal("a file");
    expect(listing(tree)).to.deep.equal(["a file file 600 0:0"]);
    expect(tree.get(path)?.mtime).to.deep.equal({ seconds: 0, nanoseconds: 0 });
  });

  it("passes on that a repository cannot be reached", async () => {
    await using yard = await StepYard.open();
    const { scope } = yard.prepare("COPY a /b");
    const git = parseGitUrl("http://127.0.0.1:1/r.git");
    if (git === undefined) throw new Error("it is a git URL");

    expect((await errorOf(loadRepository(git, scope))).code).to.equal("CONTEXT_UNREACHABLE");
  });
});
