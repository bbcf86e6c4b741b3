import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir, truncate, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { manifestOf } from "../support/registry-queries.ts";
import { type SlipwayResult, startSlipway } from "../support/slipway-cli.ts";
import { startWebServer, type WebServer } from "../support/web-server.ts";

const run = promisify(execFile);

describe("e2e/contexts", function () {
  this.timeout(60_000);
  let yard: BuildYard;
  let web: WebServer;
  let archive: string;
  let digest: string;

  before(async () => {
    yard = await BuildYard.open();
    const source = await yard.context({
      Dockerfile: 'FROM busybox\nCOPY hello /\nRUN test hello = "$(cat /hello)"\n',
      hello: "hello",
      "sub/Dockerfile": 'FROM busybox\nCOPY here /\nRUN test here = "$(cat /here)"\n',
      "sub/here": "here",
    });
    archive = yard.path("context.tar.gz");
    await run("tar", ["-czf", archive, "-C", source, "."]);
    digest = createHash("sha256").update(readFileSync(archive)).digest("hex");
    await mkdir(yard.path("repository"));
    execFileSync("cp", ["-a", `${source}/.`, yard.path("repository")]);
    const git = ["-C", yard.path("repository"), "-c", "user.name=t", "-c", "user.email=t@t.test"];
    execFileSync("git", [...git, "init", "--quiet", "--initial-branch=main"]);
    execFileSync("git", [...git, "add", "."]);
    execFileSync("git", [...git, "commit", "--quiet", "--message=all"]);
    web = await startWebServer(answer);
  });

  after(async () => {
    await web[Symbol.asyncDispose]();
    await yard[Symbol.asyncDispose]();
  });

  /** Serves the archive; at /broken, the connection ends after a third, and a range goes on. */
  function answer(request: IncomingMessage, response: ServerResponse): void {
    const bytes = readFileSync(archive);
    if (request.url === "/Dockerfile") {
      response.end("FROM scratch\nCOPY hello /\n");
      return;
    }
    if (request.url === "/absent") {
      response.writeHead(404).end();
      return;
    }
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
    response.setHeader("etag", '"one"');
    if (range !== null) {
      const from = Number(range[1]);
      response.writeHead(206, { "content-length": bytes.length - from });
      response.end(bytes.subarray(from));
      return;
    }
    response.writeHead(200, { "content-length": bytes.length });
    if (request.url === "/slow") {
      const half = bytes.length / 2;
      response.write(bytes.subarray(0, half));
      // Only what takes a second is shown.
      setTimeout(() => {
        response.write(bytes.subarray(half, -1));
        setTimeout(() => response.end(bytes.subarray(-1)), 300);
      }, 1200);
      return;
    }
    if (request.url !== "/broken") {
      response.end(bytes);
      return;
    }
    response.write(bytes.subarray(0, bytes.length / 3), () => response.destroy());
  }

  async function build(
    context: string,
    more: readonly string[] = [],
    stdin?: string,
  ): Promise<SlipwayResult> {
    const { host } = yard.registry;
    const running = startSlipway(
      [
        "build",
        `--context=${context}`,
        `--destination=${host}/built:1`,
        `--insecure-registry=${host}`,
        `--registry-map=docker.io=${host}`,
        ...more,
      ],
      {
        environment: { TMPDIR: yard.path("tmp"), NO_COLOR: "1" },
        ...(stdin === undefined ? {} : { input: readFileSync(stdin) }),
      },
    );
    return running.result;
  }

  const expectBuilt = async ({ exitCode, stderr }: SlipwayResult, layers = 3): Promise<void> => {
    expect(exitCode, stderr).to.equal(0);
    const manifest = await manifestOf(yard.registry.host, "built", "1");
    expect(manifest.layers).to.have.length(layers);
    expect(await readdir(yard.path("tmp"))).to.deep.equal([]);
  };

  it("takes an archive of this machine", async () => {
    await expectBuilt(await build(`tar://${archive}`));
  });

  it("takes a directory of it", async () => {
    await expectBuilt(await build(`tar://${archive}`, ["--context-sub-path=sub"]));
  });

  for (const context of ["tar://stdin", "-"]) {
    it(`takes an archive from standard input: ${context}`, async () => {
      await expectBuilt(await build(context, [], archive));
    });
  }

  it("takes a Dockerfile from standard input as a context of its own", async () => {
    await writeFile(yard.path("lonely"), "FROM busybox\nRUN true\n");

    const result = await build("-", [], yard.path("lonely"));

    expect(result.exitCode, result.stderr).to.equal(0);
  });

  it("takes a Dockerfile from standard input beside a context from elsewhere", async () => {
    await writeFile(yard.path("piped"), "FROM busybox\nCOPY . /all/\n");

    const result = await build(`tar://${archive}`, ["--dockerfile=-"], yard.path("piped"));

    await expectBuilt(result, 2);
  });

  it("takes an archive from an address, with its checksum, and goes on where the connection broke", async () => {
    await expectBuilt(await build(`http://${web.host}/context#sha256=${digest}`));
    await expectBuilt(await build(`http://${web.host}/broken#sha256=${digest}`));

    expect(web.requests.at(-1)?.headers["range"]).to.match(/^bytes=\d+-$/);
  });

  it("takes a Dockerfile from an address", async () => {
    const result = await build(`tar://${archive}`, [`--dockerfile=http://${web.host}/Dockerfile`]);

    await expectBuilt(result, 1);
  });

  it("reads of a directory what the Dockerfile uses, and copies nothing of it", async () => {
    const context = await yard.context({
      Dockerfile: 'FROM busybox\nCOPY use* /\nRUN test used = "$(cat /used)"\n',
      used: "used",
    });
    // Whoever reads or copies it does not come to an end in time.
    await writeFile(path.join(context, "unused"), "");
    await truncate(path.join(context, "unused"), 2 ** 40);

    await expectBuilt(await build(context, [`--dockerfile=${context}/Dockerfile`]));
  });

  it("shows on a terminal how far a slow transfer has got", async () => {
    const command = `"${process.execPath}" src/cli/main.ts build --context=http://${web.host}/slow --no-push --insecure-registry=${yard.registry.host} --registry-map=docker.io=${yard.registry.host}`;

    const { stdout } = await run("script", ["--quiet", "--return", "-c", command, "/dev/null"], {
      env: { ...process.env, TMPDIR: yard.path("tmp"), NO_COLOR: "1" },
    });

    const shown = stdout.split("\r\u001B[2K");
    expect(shown.join("\n")).to.match(/^.* of .*, .*\/s, \d+ s left: fetching the context http/m);
    expect(shown.at(-1)).to.not.include("fetching");
  });

  it("takes a git repository, and leaves out what git keeps beside the files", async () => {
    await writeFile(yard.path("whole"), "FROM scratch\nCOPY . /\n");
    const repository = `file://${yard.path("repository")}`;

    await expectBuilt(await build(`${repository}#main`));
    await expectBuilt(await build(`${repository}#main:sub`));
    const whole = await build(`${repository}#main`, [
      `--dockerfile=${yard.path("whole")}`,
      "--no-push",
      `--tar-path=${yard.path("whole.tar")}`,
    ]);

    expect(whole.exitCode, whole.stderr).to.equal(0);
    const listed = execFileSync("sh", [
      "-c",
      `tar -xOf "$1" --wildcards '*.tar.gz' | tar -tzf -`,
      "sh",
      yard.path("whole.tar"),
    ]).toString();
    expect(listed).to.include("hello").and.not.to.include(".git/");
  });

  interface Refused {
    readonly context: () => string;
    readonly more?: readonly string[];
    readonly code: string;
    readonly says: string;
  }
  const refused: Readonly<Record<string, Refused>> = {
    "an archive that is not there": {
      context: () => "tar:///nowhere/context.tar",
      code: "CONTEXT_NOT_FOUND",
      says: "/nowhere/context.tar",
    },
    "an address that has nothing": {
      context: () => `http://user:secret@${web.host}/absent`,
      code: "CONTEXT_SOURCE_NOT_FOUND",
      says: "/absent",
    },
    "another checksum": {
      context: () => `http://${web.host}/context#sha256=${"0".repeat(64)}`,
      code: "CONTEXT_CHECKSUM_MISMATCH",
      says: "/context",
    },
    "a directory that is not in it": {
      context: () => `http://user:secret@${web.host}/context?token=secret`,
      more: ["--context-sub-path=nowhere"],
      code: "CONTEXT_NOT_FOUND",
      says: "/context?token=*** has no directory nowhere",
    },
    "a scheme that is not known": {
      context: () => "ftp://host.test/context.tar",
      code: "CONTEXT_UNSUPPORTED",
      says: "ftp://host.test",
    },
    "a branch that is not there": {
      context: () => `file://${yard.path("repository")}#nowhere`,
      code: "CONTEXT_SOURCE_NOT_FOUND",
      says: "nowhere",
    },
  };
  for (const [title, { context, code, more = [], says }] of Object.entries(refused)) {
    it(`refuses ${title}, names it, and leaves nothing`, async () => {
      const { exitCode, stderr } = await build(context(), more);

      expect(exitCode).not.to.equal(0);
      expect(stderr).to.include(code).and.to.include(says).and.not.to.include("secret");
      expect(await readdir(yard.path("tmp"))).to.deep.equal([]);
    });
  }
});
