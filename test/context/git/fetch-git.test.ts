import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { fetchGit, findGitId, type GitFiles } from "../../../src/context/git/fetch-git.ts";
import type { RemoteAccess } from "../../../src/context/remote-access.ts";
import { parseGitUrl } from "../../../src/dockerfile/git-url.ts";
import type { TreeNode } from "../../../src/filetree/node.ts";
import { errorOf } from "../../support/error-of.ts";
import { type GitServerOptions, git, startGitServer } from "../../support/git/http-server.ts";
import { makeRemoteAccess } from "../../support/remote-access.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";
import { listing, someTime } from "../../support/tree.ts";
import { startWebServer, type WebServer } from "../../support/web-server.ts";

/** Ids of the repository that all tests fetch from. */
interface Commits {
  readonly first: string;
  readonly second: string;
  readonly tagObject: string;
  /** Reached by no branch any more. */
  readonly lost: string;
}

describe("context/git/fetch-git", () => {
  let temporary: TemporaryDirectory;
  let servers: AsyncDisposableStack;
  let host: string;
  let commits: Commits;
  let repositories: string;

  before(async () => {
    temporary = await makeTemporaryDirectory();
    servers = new AsyncDisposableStack();
    repositories = temporary.join("repositories");
    await mkdir(repositories);
    commits = await makeRepository(temporary, repositories);
    ({ host } = await serve());
  });

  after(async () => {
    await servers.disposeAsync();
    await temporary[Symbol.asyncDispose]();
  });

  async function serve(options: GitServerOptions = {}): Promise<WebServer> {
    return servers.use(await startGitServer(repositories, options));
  }

  /** Fetches what stands behind the repository's name in a URL. */
  async function fetched(suffix: string, options: Partial<RemoteAccess> = {}): Promise<GitFiles> {
    return fetchUrl(`http://${host}/app.git${suffix}`, options);
  }

  async function fetchUrl(url: string, options: Partial<RemoteAccess> = {}): Promise<GitFiles> {
    const source = parseGitUrl(url);
    if (source === undefined) throw new Error(`${url} is no git URL`);
    return fetchGit(source, await makeRemoteAccess(temporary, options), someTime);
  }

  it("checks out the default branch, with modes as git knows them", async () => {
    const { tree, commit, commitTime } = await fetched("");

    expect(listing(tree)).to.deep.equal([
      ".gitmodules file 644 0:0",
      "dir directory 755 0:0",
      "dir/run file 755 0:0",
      "link -> text 0:0",
      "module directory 755 0:0",
      "module/inner file 644 0:0",
      "text file 644 0:0",
    ]);
    expect(commit).to.equal(commits.second);
    expect(new Date(commitTime.seconds * 1000).toISOString()).to.equal("2020-04-04T04:04:04.000Z");
    const text = tree.get("text");
    expect(await contentOf(text)).to.equal("second\n");
    expect(text?.mtime).to.deep.equal(someTime);
  });

  const refs: readonly [suffix: string, commit: keyof Commits][] = [
    ["#v1", "first"],
    ["#annotated", "first"],
    ["#main", "second"],
    ["?ref=change/1/head", "lost"],
  ];
  for (const [suffix, name] of refs) {
    it(`resolves ${suffix}`, async () => {
      expect((await fetched(suffix)).commit).to.equal(commits[name]);
    });
  }

  it("tells what a branch, a tag and the default branch are without fetching", async () => {
    const access = await makeRemoteAccess(temporary);
    const before = await readdir(access.workDirectory);
    const idOf = async (suffix: string): Promise<string> => {
      const source = parseGitUrl(`http://${host}/app.git${suffix}`);
      return source === undefined ? "" : findGitId(source, access);
    };

    expect(await idOf("")).to.equal(commits.second);
    expect(await idOf("#main")).to.equal(commits.second);
    expect(await idOf("#v1")).to.equal(commits.first);
    expect(await idOf("#annotated")).to.equal(commits.tagObject);
    expect((await errorOf(idOf("#absent"))).code).to.equal("CONTEXT_SOURCE_NOT_FOUND");
    expect(await readdir(access.workDirectory)).to.deep.equal(before);
  });

  it("fetches a commit by its id, also one that is no branch's any more", async () => {
    expect((await fetched(`#${commits.first}`)).commit).to.equal(commits.first);
    expect((await fetched(`#${commits.lost}`)).commit).to.equal(commits.lost);
    const byChecksum = `?fetch-by-commit=true&commit=${commits.first}`;
    expect((await fetched(byChecksum)).commit).to.equal(commits.first);
  });

  it("fetches all history where the server only serves files", async () => {
    for (const name of ["app", "inner"]) {
      await git(`${repositories}/${name}.git`, ["update-server-info"]);
    }
    const files = servers.use(
      await startWebServer(async ({ url = "" }, response) => {
        const { pathname } = new URL(url, "http://localhost");
        const bytes = await readFile(`${repositories}${pathname}`).catch(() => undefined);
        response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
      }),
    );

    for (const ref of ["v1", commits.first]) {
      const { commit } = await fetchUrl(`http://${files.host}/app.git?submodules=0#${ref}`);
      expect(commit).to.equal(commits.first);
    }
    const { tree } = await fetchUrl(`http://${files.host}/app.git#main`);
    expect(await contentOf(tree.get("module/inner"))).to.equal("inner\n");
  });

  it("gives a subdirectory, and cannot be led out of the repository", async () => {
    expect(listing((await fetched("#main:dir")).tree)).to.deep.equal(["run file 755 0:0"]);
    expect(listing((await fetched("?subdir=../../dir")).tree)).to.deep.equal(["run file 755 0:0"]);
    const outside = await errorOf(fetched("#escape:way/etc"));
    expect(outside.code).to.equal("CONTEXT_SOURCE_NOT_FOUND");
  });

  it("leaves submodules out when they are declined", async () => {
    const { tree } = await fetched("?submodules=false");

    expect(tree.get("module/inner")).to.equal(undefined);
  });

  it("keeps .git when asked to, without anything that leads to this machine", async () => {
    const { tree } = await fetchUrl(`http://me:pw@${host}/app.git?keep-git-dir=true#v1`);

    expect(await contentOf(tree.get(".git/HEAD"))).to.equal(`${commits.first}\n`);
    expect(tree.get(".git/refs/tags/v1")?.type).to.equal("file");
    const config = await contentOf(tree.get(".git/config"));
    expect(config).to.contain(`http://${host}/app.git`).and.not.contain("pw");
    for (const name of ["FETCH_HEAD", "hooks", "logs"]) {
      expect(tree.get(`.git/${name}`), name).to.equal(undefined);
    }
  });

  it("has no .git of a subdirectory", async () => {
    const { tree } = await fetched("?keep-git-dir=true&subdir=dir");

    expect([...tree.root.children.keys()]).to.deep.equal(["run"]);
  });

  it("gives files the time of the commit when asked to", async () => {
    const { tree } = await fetched("?mtime=commit#v1");

    expect(tree.get("text")?.mtime).to.deep.equal({ seconds: 1_583_204_583, nanoseconds: 0 });
    expect(tree.get("dir")?.mtime).to.deep.equal({ seconds: 1_583_204_583, nanoseconds: 0 });
  });

  it("takes the beginning of the commit's id, or of the tag's, for checksum", async () => {
    expect((await fetched(`?checksum=${commits.first.slice(0, 9)}#v1`)).commit).to.equal(
      commits.first,
    );
    const tag = `?checksum=${commits.tagObject}#annotated`;
    expect((await fetched(tag)).commit).to.equal(commits.first);
  });

  it("refuses another commit than the checksum says", async () => {
    const error = await errorOf(fetched(`?checksum=${commits.first}#main`));

    expect(error.code).to.equal("CONTEXT_CHECKSUM_MISMATCH");
    expect(error.message).to.equal(
      `expected checksum to match ${commits.first}, got ${commits.second}`,
    );
  });

  const invalid: readonly [suffix: string, code: string][] = [
    ["?checksum=xyz", "DOCKERFILE_INVALID"],
    ["?fetch-by-commit=true", "DOCKERFILE_INVALID"],
    ["?fetch-by-commit=true&commit=abc", "DOCKERFILE_INVALID"],
    ["#nowhere", "CONTEXT_SOURCE_NOT_FOUND"],
    ["#--upload-pack=touch", "CONTEXT_SOURCE_NOT_FOUND"],
    ["#main:nowhere", "CONTEXT_SOURCE_NOT_FOUND"],
    ["#main:text", "CONTEXT_SOURCE_NOT_FOUND"],
    [`#${"0".repeat(40)}`, "CONTEXT_REFUSED"],
  ];
  for (const [suffix, code] of invalid) {
    it(`ends with ${code} for ${suffix}`, async () => {
      expect((await errorOf(fetched(suffix))).code).to.equal(code);
    });
  }

  it("shows user and password to the server, and to nobody else", async () => {
    const pair = `Basic ${Buffer.from("me:p w").toString("base64")}`;
    const server = await serve({ authorization: pair });

    const { commit } = await fetchUrl(`http://me:p%20w@${server.host}/app.git?submodules=0#v1`);
    const error = await errorOf(fetchUrl(`http://me:wrong@${server.host}/app.git`));

    expect(commit).to.equal(commits.first);
    expect(error.code).to.equal("CONTEXT_REFUSED");
    expect(error.message).to.not.contain("wrong");
    expect(error.hint).to.contain("still valid");
  });

  it("shows the token that a secret holds", async () => {
    const pair = Buffer.from("x-access-token:abc").toString("base64");
    const server = await serve({ authorization: `Basic ${pair}` });
    const secrets = new Map([["GIT_AUTH_TOKEN", Buffer.from("abc")]]);

    const url = `http://${server.host}/app.git?submodules=0#v1`;

    expect((await fetchUrl(url, { secrets })).commit).to.equal(commits.first);
  });

  it("asks again when the server is not well, and says so when that lasts", async () => {
    const server = servers.use(
      await startWebServer((_, response) => void response.writeHead(503).end()),
    );

    const error = await errorOf(fetchUrl(`http://${server.host}/app.git`));

    expect(error.code).to.equal("CONTEXT_UNREACHABLE");
    expect(server.requests).to.have.lengthOf(3);
  });

  it("fetches no submodule from this machine's own files", async () => {
    const error = await errorOf(fetched("#greedy"));

    expect(error.code).to.equal("CONTEXT_REFUSED");
    expect(error.message).to.contain("transport 'file' not allowed");
  });

  it("says that git is not there", async () => {
    const environment = { PATH: temporary.join("empty") };

    expect((await errorOf(fetched("", { environment }))).code).to.equal("CONTEXT_GIT_MISSING");
  });

  it("leaves no directory behind when it fails", async () => {
    const before = await readdir(temporary.join("work"));

    await errorOf(fetched("?checksum=abc#main"));

    expect(await readdir(temporary.join("work"))).to.deep.equal(before);
  });

  it("ends with the reason when it is cancelled", async () => {
    const cancelled = new AbortController();
    const server = servers.use(await startWebServer(() => cancelled.abort(new Error("enough"))));

    const failure: unknown = await fetchUrl(`http://${server.host}/app.git`, {
      signal: cancelled.signal,
    }).catch((error: unknown) => error);

    expect(failure).to.have.property("message", "enough");
  });
});

async function contentOf(node: TreeNode | undefined): Promise<string> {
  if (node?.type !== "file" || node.content.kind !== "local") return "";
  return readFile(node.content.path, "utf8");
}

/** Makes the bare repositories app.git, and inner.git, which is a submodule of it. */
async function makeRepository(
  temporary: TemporaryDirectory,
  repositories: string,
): Promise<Commits> {
  const inner = temporary.join("inner");
  await git(temporary.path, ["init", "--quiet", "--initial-branch=main", inner]);
  await writeFile(temporary.join("inner", "inner"), "inner\n");
  await git(inner, ["add", "."]);
  await git(inner, ["commit", "--quiet", "--message=inner"]);
  const innerCommit = await git(inner, ["rev-parse", "HEAD"]);

  const app = temporary.join("app");
  const file = (name: string): string => temporary.join("app", name);
  await git(temporary.path, ["init", "--quiet", "--initial-branch=main", app]);
  await writeFile(file("text"), "first\n", { mode: 0o664 });
  await mkdir(file("dir"));
  await writeFile(file("dir/run"), "#!/bin/sh\n", { mode: 0o700 });
  await symlink("text", file("link"));
  await git(app, ["add", "."]);
  await git(app, ["commit", "--quiet", "--message=first"]);
  await git(app, ["tag", "v1"]);
  await git(app, ["tag", "--annotate", "--message=tag", "annotated"]);
  const first = await git(app, ["rev-parse", "HEAD"]);

  await writeFile(file("text"), "lost\n");
  await git(app, ["commit", "--quiet", "--all", "--message=lost"]);
  const lost = await git(app, ["rev-parse", "HEAD"]);
  await git(app, ["update-ref", "refs/change/1/head", lost]);
  await git(app, ["reset", "--quiet", "--hard", first]);

  await writeFile(file("text"), "second\n");
  await addSubmodule(app, "../inner.git", innerCommit);
  await git(app, ["add", "text"]);
  await git(app, ["commit", "--quiet", "--message=second"], "2020-04-04T04:04:04Z");
  const second = await git(app, ["rev-parse", "HEAD"]);

  await git(app, ["checkout", "--quiet", "-b", "escape", first]);
  await symlink("/", file("way"));
  await git(app, ["add", "."]);
  await git(app, ["commit", "--quiet", "--message=escape"]);
  await git(app, ["checkout", "--quiet", "-b", "greedy", first]);
  await addSubmodule(app, `file://${inner}`, innerCommit);
  await git(app, ["commit", "--quiet", "--message=greedy"]);
  await git(app, ["checkout", "--quiet", "main"]);

  await git(repositories, ["clone", "--quiet", "--mirror", inner, "inner.git"]);
  await git(repositories, ["clone", "--quiet", "--mirror", app, "app.git"]);
  return { first, second, lost, tagObject: await git(app, ["rev-parse", "annotated"]) };
}

/** Stages a submodule at `module` without fetching it. */
async function addSubmodule(directory: string, url: string, commit: string): Promise<void> {
  const text = `[submodule "module"]\n\tpath = module\n\turl = ${url}\n`;
  await writeFile(`${directory}/.gitmodules`, text);
  await git(directory, ["add", ".gitmodules"]);
  await git(directory, ["update-index", "--add", "--cacheinfo", `160000,${commit},module`]);
}
