import { expect } from "chai";
import { type GitSource, parseGitUrl } from "../../../src/dockerfile/git-url.ts";
import { digestOf } from "../../../src/image/digest.ts";
import { errorOf } from "../../support/error-of.ts";
import { StepYard } from "../../support/step-yard.ts";
import { listing } from "../../support/tree.ts";
import { startWebServer } from "../../support/web-server.ts";

describe("build/copy/remote", () => {
  it("gives a download as the only file of a tree, and fetches it once", async () => {
    await using yard = await StepYard.open();
    let requests = 0;
    await using server = await startWebServer((_, response) => {
      requests += 1;
      response.end("text");
    });
    const { scope } = yard.prepare("COPY a /b");
    const source = {
      kind: "http",
      url: `http://${server.host}/a%20file`,
      checksum: undefined,
    } as const;

    const { tree, path, digest } = await scope.build.remote.download(source);

    expect(path).to.equal("a file");
    expect(listing(tree)).to.deep.equal(["a file file 600 0:0"]);
    expect(tree.get(path)?.mtime).to.deep.equal({ seconds: 0, nanoseconds: 0 });
    expect(await scope.build.remote.digest(source)).to.equal(digest);
    expect(requests).to.equal(1);
  });

  it("knows a file by its checksum without fetching it", async () => {
    await using yard = await StepYard.open();
    const { scope } = yard.prepare("COPY a /b");
    const checksum = digestOf("text");
    const source = { kind: "http", url: "http://127.0.0.1:1/f", checksum } as const;

    expect(await scope.build.remote.digest(source)).to.equal(checksum);
  });

  it("knows a commit by its id without fetching it", async () => {
    await using yard = await StepYard.open();
    const { scope } = yard.prepare("COPY a /b");
    const id = "0123456789abcdef0123456789abcdef01234567";

    expect(await scope.build.remote.commit(gitSource(`http://127.0.0.1:1/r.git#${id}`))).to.equal(
      id,
    );
  });

  it("passes on that a repository cannot be reached", async () => {
    await using yard = await StepYard.open();
    const { scope } = yard.prepare("COPY a /b");
    const git = gitSource("http://127.0.0.1:1/r.git");

    expect((await errorOf(scope.build.remote.repository(git))).code).to.equal(
      "CONTEXT_UNREACHABLE",
    );
  });
});

function gitSource(url: string): GitSource {
  const git = parseGitUrl(url);
  if (git === undefined) throw new Error("it is a git URL");
  return git;
}
