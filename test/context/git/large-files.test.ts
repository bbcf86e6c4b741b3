import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { expect } from "chai";
import type { GitFiles } from "../../../src/context/git/fetch-git.ts";
import { outputOf } from "../../support/command.ts";
import { errorOf } from "../../support/error-of.ts";
import { type FetchSettings, fetchAsContext } from "../../support/git/fetching.ts";
import { git } from "../../support/git/http-server.ts";
import {
  commitFiles,
  makeTestRepository,
  type TestRepository,
} from "../../support/git/repository.ts";
import { makeRecordingLogger } from "../../support/recording-logger.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";
import { startWebServer } from "../../support/web-server.ts";

describe("context/git/large-files (needs git-lfs)", () => {
  let temporary: TemporaryDirectory;
  let repository: TestRepository;

  before(async () => {
    temporary = await makeTemporaryDirectory();
    repository = await makeTestRepository(temporary.path, { "plain/text": "text\n" });
    const { work } = repository;
    execFileSync("git", ["-C", work, "lfs", "install", "--local"]);
    await commitFiles(work, {
      ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
      "data/large.bin": "large\n",
      "plain/small.bin": "small\n",
    });
    const env = { ...process.env, HOME: temporary.path };
    execFileSync("git", ["-C", work, "push", "--quiet", "origin", "main"], { env });
  });

  after(() => temporary[Symbol.asyncDispose]());

  function fetched(suffix: string, settings: FetchSettings = {}): Promise<GitFiles> {
    const location = `file://${repository.bare}${suffix}`;
    const variables = { HOME: temporary.path, ...settings.variables };
    return fetchAsContext(temporary, location, { ...settings, variables });
  }

  it("brings the files that git has pointers for", async () => {
    const { directory } = await fetched("#main");

    expect(await readFile(`${directory}/data/large.bin`, "utf8")).to.equal("large\n");
    expect(await readFile(`${directory}/plain/small.bin`, "utf8")).to.equal("small\n");
  });

  it("brings those of the subdirectory only", async () => {
    const { directory } = await fetched("#main:data");
    const root = directory.replace(/\/data$/, "");

    expect(await readFile(`${directory}/large.bin`, "utf8")).to.equal("large\n");
    const kept = outputOf(["find", `${root}/.git/lfs/objects`, "-type", "f"])
      .toString()
      .trim();
    expect(kept.split("\n")).to.have.length(1);
  });

  it("shows the login that .git-credentials has for the server of the files", async () => {
    const pair = `Basic ${btoa("files:pass")}`;
    // The same as of the other file there: the server has one.
    const content = "large\n";
    await using server = await startWebServer(async (request, response) => {
      if (request.headers.authorization !== pair) {
        response.writeHead(401, { "lfs-authenticate": 'Basic realm="files"' }).end();
        return;
      }
      const place = `http://${request.headers.host}/object`;
      response.setHeader("content-type", "application/vnd.git-lfs+json");
      if (request.url === "/object") response.end(content);
      else response.end(await batchAnswer(request, place));
    });
    const { work } = repository;
    const oid = createHash("sha256").update(content).digest("hex");
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`;
    await commitFiles(work, {
      ".lfsconfig": `[lfs]\n\turl = http://${server.host}/lfs\n`,
      "data/far.bin": pointer,
    });
    await git(work, ["push", "--quiet", "--no-verify", "origin", "HEAD:refs/heads/far"]);
    await git(work, ["reset", "--quiet", "--hard", "origin/main"]);
    const home = temporary.join("home");
    await mkdir(home);
    await writeFile(`${home}/.git-credentials`, `http://files:pass@${server.host}\n`);

    const { directory } = await fetched("#far:data", { git: { homes: [home] } });

    expect(await readFile(`${directory}/far.bin`, "utf8")).to.equal(content);
  });

  it("warns that the files are pointers where there is no git-lfs", async () => {
    const log = makeRecordingLogger();
    await mkdir(temporary.join("bin"));
    for (const name of ["git", "sh"]) {
      const found = outputOf(["sh", "-c", `command -v ${name}`])
        .toString()
        .trim();
      await symlink(found, temporary.join(`bin/${name}`));
    }
    const variables = { PATH: temporary.join("bin") };

    const { directory } = await fetched("#main", { variables, access: { log } });

    expect(await readFile(`${directory}/data/large.bin`, "utf8")).to.include("git-lfs.github.com");
    expect(log.lines.join("\n")).to.match(/^warn files of Git LFS are pointers only.*"files":2/m);
  });

  it("says that the server does not have a file", async () => {
    await git(repository.bare, ["config", "receive.denyCurrentBranch", "ignore"]);
    const { work } = repository;
    await commitFiles(work, { "data/lost.bin": "lost\n" });
    // Without git-lfs' hook, which would upload it.
    await git(work, ["push", "--quiet", "--no-verify", "origin", "HEAD:refs/heads/lost"]);

    const error = await errorOf(fetched("#lost"));

    expect(error.code).to.equal("CONTEXT_REFUSED");
    expect(error.message).to.include(repository.bare);
  });
});

/** The answer of a server of Git LFS that has all objects at one place (git-lfs/docs/api/batch.md). */
async function batchAnswer(request: IncomingMessage, place: string): Promise<string> {
  const { objects } = (await json(request)) as { readonly objects: readonly object[] };
  const found = objects.map((object) => ({
    ...object,
    authenticated: true,
    actions: { download: { href: place } },
  }));
  return JSON.stringify({ transfer: "basic", objects: found });
}
