import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, symlink } from "node:fs/promises";
import { expect } from "chai";
import type { GitAccess } from "../../../src/context/git/access.ts";
import type { GitFiles } from "../../../src/context/git/fetch-git.ts";
import { errorOf } from "../../support/error-of.ts";
import { startGitDaemon } from "../../support/git/daemon.ts";
import { fetchAsContext } from "../../support/git/fetching.ts";
import { git } from "../../support/git/http-server.ts";
import {
  commitFiles,
  configure,
  makeTestRepository,
  type TestRepository,
} from "../../support/git/repository.ts";
import type { StartedServer } from "../../support/git/started.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";
import { listing } from "../../support/tree.ts";

describe("context/git/checkout", () => {
  let temporary: TemporaryDirectory;
  let repository: TestRepository;
  let daemon: StartedServer;
  let head: string;
  let merged: string;

  before(async () => {
    temporary = await makeTemporaryDirectory();
    repository = await makeTestRepository(temporary.path, {
      "one/deep/file": "first\n",
      "two/large": "large\n",
      top: "top\n",
    });
    const { bare, work } = repository;
    await symlink("one", `${work}/link`);
    await git(work, ["add", "link"]);
    head = await commitFiles(work, { "one/deep/file": "second\n" });
    await git(work, ["push", "--quiet", "origin", "main"]);
    await git(work, ["checkout", "--quiet", "--detach"]);
    merged = await commitFiles(work, { merged: "merged\n" });
    for (const ref of ["pull/7/merge", "pull/7/head", "merge-requests/8/head"]) {
      await git(work, ["push", "--quiet", "origin", `HEAD:refs/${ref}`]);
    }
    await git(bare, ["config", "uploadpack.allowFilter", "true"]);
    daemon = await startGitDaemon(repository.parent);
  });

  after(async () => {
    await daemon[Symbol.asyncDispose]();
    await temporary[Symbol.asyncDispose]();
  });

  /** Fetches from the daemon what stands behind the name of the repository. */
  function fetched(suffix: string, access: Partial<GitAccess> = {}): Promise<GitFiles> {
    const location = `git://127.0.0.1:${daemon.port}/app.git${suffix}`;
    return fetchAsContext(temporary, location, { git: access });
  }

  for (const ref of ["refs/pull/7/merge", "refs/pull/7/head", "refs/merge-requests/8/head"]) {
    it(`fetches ${ref} of a pull or merge request`, async () => {
      expect((await fetched(`#${ref}`)).commit).to.equal(merged);
    });
  }

  it("fetches the commit that kaniko's form has behind a ref", async () => {
    const { commit, tree } = await fetched(`#refs/heads/main#${repository.commit}`);

    expect(commit).to.equal(repository.commit);
    expect(tree.get("link")).to.equal(undefined);
  });

  it("fetches one commit, as many as are wanted, or all", async () => {
    const counts: number[] = [];
    for (const depth of [undefined, 2, 0]) {
      const { directory } = await fetched("#refs/pull/7/head", { depth });
      counts.push(history(directory));
    }

    expect(counts).to.deep.equal([1, 2, 3]);
  });

  it("fetches only the files of the subdirectory, where the server permits that", async () => {
    const { directory, tree } = await fetched("#main:one/deep");
    const root = directory.replace(/\/one\/deep$/, "");

    expect(listing(tree)).to.deep.equal(["file file 644 0:0"]);
    expect(await readFile(`${directory}/file`, "utf8")).to.equal("second\n");
    expect([existsSync(`${root}/top`), existsSync(`${root}/two`)]).to.deep.equal([true, false]);
    const missing = ["-C", root, "rev-list", "--objects", "--missing=print", "HEAD"];
    const blob = await git(repository.work, ["rev-parse", "HEAD:two/large"]);
    expect(execFileSync("git", missing).toString()).to.include(`?${blob}`);
  });

  it("fetches only the files of the only directory that is used", async () => {
    const { directory, tree } = await fetched("#main", { within: "one" });

    expect(existsSync(`${directory}/one/deep/file`)).to.equal(true);
    expect(tree.get("two")).to.equal(undefined);
  });

  it("fetches the subdirectory from a server that hands out no single files", async () => {
    configure(repository.bare, "uploadpack.allowFilter", "false");

    const { tree } = await fetched("#main:one/deep");

    configure(repository.bare, "uploadpack.allowFilter", "true");
    expect(listing(tree)).to.deep.equal(["file file 644 0:0"]);
  });

  it("follows a link to the subdirectory, inside the repository", async () => {
    expect(listing((await fetched("#main:link/deep")).tree)).to.deep.equal(["file file 644 0:0"]);
  });

  it("takes a branch's head for its name", async () => {
    expect((await fetched("#main")).commit).to.equal(head);
  });

  it("says that there is no such repository, and that a host is not known", async () => {
    const location = `git://127.0.0.1:${daemon.port}/absent.git`;
    const absent = await errorOf(fetchAsContext(temporary, location));
    const unknown = await errorOf(fetchAsContext(temporary, "git://nowhere.invalid:9418/app.git"));

    expect(absent.code).to.equal("CONTEXT_REFUSED");
    expect(absent.message).to.include("absent.git").and.include("not exported");
    expect(unknown.code).to.equal("CONTEXT_UNREACHABLE");
    expect(unknown.message).to.include("nowhere.invalid");
  });

  it("says which directory is not there", async () => {
    const error = await errorOf(fetched("#main:absent"));

    expect(error.code).to.equal("CONTEXT_SOURCE_NOT_FOUND");
    expect(error.message).to.include("no directory absent");
  });

  it("brings submodules, also those below the subdirectory", async () => {
    const inner = await makeTestRepository(temporary.join("inner"), { inner: "inner\n" });
    await commitFiles(inner.work, { inner: "later\n" });
    await git(inner.work, ["push", "--quiet", "origin", "main"]);
    await git(inner.parent, [
      "clone",
      "--quiet",
      "--mirror",
      inner.bare,
      `${repository.parent}/inner.git`,
    ]);
    const { work } = repository;
    await git(work, ["checkout", "--quiet", "-b", "outer", "main"]);
    const text = '[submodule "module"]\n\tpath = one/module\n\turl = ../inner.git\n';
    await git(work, ["update-index", "--add", "--cacheinfo", `160000,${inner.commit},one/module`]);
    await commitFiles(work, { ".gitmodules": text, "[odd]/file": "odd\n" });
    await git(work, ["push", "--quiet", "origin", "outer"]);

    for (const suffix of ["#outer", "#outer:one"]) {
      const { directory } = await fetched(suffix);
      const place = suffix === "#outer" ? `${directory}/one` : directory;
      expect(await readFile(`${place}/module/inner`, "utf8"), suffix).to.equal("inner\n");
    }
    const odd = await fetched("?ref=outer&subdir=%5Bodd%5D");
    expect(listing(odd.tree)).to.deep.equal(["file file 644 0:0"]);
  });
});

/** The number of commits in a checkout, which is not below a directory. */
function history(directory: string): number {
  return Number(execFileSync("git", ["-C", directory, "rev-list", "--count", "HEAD"]).toString());
}
