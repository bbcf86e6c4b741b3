import { mkdir, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { digestOf } from "../../../src/image/digest.ts";
import { outputOf } from "../../support/command.ts";
import { errorOf } from "../../support/error-of.ts";
import { git, startGitServer } from "../../support/git/http-server.ts";
import { rawTar } from "../../support/raw-tar.ts";
import { StepYard } from "../../support/step-yard.ts";
import { file, link, treeOf } from "../../support/tree.ts";
import { startWebServer, type WebServer } from "../../support/web-server.ts";

const archive = rawTar([
  { name: "in/", type: "5" },
  { name: "in/file", type: "0", body: "text" },
]);

describe("build/steps/add", () => {
  let yard: StepYard;
  let servers: AsyncDisposableStack;

  beforeEach(async () => {
    yard = await StepYard.open();
    servers = new AsyncDisposableStack();
  });

  afterEach(async () => {
    await servers.disposeAsync();
    await yard[Symbol.asyncDispose]();
  });

  describe("an archive", () => {
    const kinds: readonly [name: string, bytes: Buffer][] = [
      ["plain", archive],
      ["gzip", gzipSync(archive)],
      ["bzip2", outputOf(["bzip2", "-c"], archive)],
      ["xz", outputOf(["xz", "-c"], archive)],
      ["zstd", outputOf(["zstd", "-c"], archive)],
    ];
    for (const [name, bytes] of kinds) {
      it(`is unpacked when it is ${name}, whatever its name`, async () => {
        await yard.write("anything.txt", bytes);

        const { files, state } = await yard.run("ADD anything.txt /to");

        expect(files.map((line) => line.split(" ")[0])).to.deep.equal([
          "to",
          "to/in",
          "to/in/file",
        ]);
        const node = (await state.tree()).get("to/in/file");
        if (node?.type !== "file") throw new Error("there is no file");
        const content = Buffer.concat(await Array.fromAsync(await yard.contents.open(node)));
        expect(content.toString()).to.equal("text");
      });
    }

    it("is copied as it is with --unpack=false", async () => {
      await yard.write("a.tar", archive);

      expect((await yard.run("ADD --unpack=false a.tar /to/")).files).to.deep.equal([
        "to directory 755 0:0",
        "to/a.tar file 644 0:0",
      ]);
    });

    it("gets the owner of --chown but no mode of --chmod", async () => {
      await yard.write("a.tar", archive);

      expect((await yard.run("ADD --chown=7:8 --chmod=600 a.tar /to/")).files).to.deep.equal([
        "to directory 755 7:8",
        "to/in directory 644 7:8",
        "to/in/file file 644 7:8",
      ]);
    });

    it("that is damaged behind its first member is an error, not a file", async () => {
      await yard.write("a.tar.gz", gzipSync(archive.subarray(0, 1100)));

      const error = await errorOf(yard.run("ADD a.tar.gz /to/"));

      expect(error.code).to.equal("IMAGE_MALFORMED");
    });

    it("of a kind that cannot be read is an error, not a file", async () => {
      await yard.write("a.tar.xz", outputOf(["xz", "-c", "--check=sha256"], archive));

      expect((await errorOf(yard.run("ADD a.tar.xz /to/"))).code).to.equal("CONTEXT_UNREADABLE");
    });

    it("stays below the root, wherever its names and links lead", async () => {
      const hostile = rawTar([
        { name: "../../up", type: "0", body: "1" },
        { name: "/abs", type: "0", body: "2" },
        { name: "out", type: "2", link: "/../../etc" },
        { name: "out/through", type: "0", body: "3" },
        { name: "hard", type: "1", link: "../../up" },
      ]);
      await yard.write("a.tar", hostile);

      const { files } = await yard.run("ADD a.tar /to");

      expect(files.map((line) => line.split(" ")[0])).to.deep.equal([
        "etc",
        "etc/through",
        "to",
        "to/abs",
        "to/hard",
        "to/out",
        "to/up",
      ]);
    });

    it("keeps whiteout names as files that no layer shows", async () => {
      const tree = treeOf({ keep: file("k"), other: file("o") });
      await yard.write("a.tar", rawTar([{ name: ".wh.keep", type: "0", body: "" }]));

      const { files, state } = await yard.run("ADD a.tar /", { tree });

      expect(files).to.include("keep file 644 0:0 k").and.include(".wh.keep file 644 0:0");
      expect(state.layers).to.have.lengthOf(1);
    });
  });

  describe("a URL", () => {
    let server: WebServer;

    beforeEach(async () => {
      server = servers.use(
        await startWebServer((request, response) => {
          if (request.url === "/missing") response.statusCode = 404;
          response.setHeader("last-modified", "Tue, 03 Mar 2020 03:03:03 GMT");
          response.end(request.url?.endsWith(".tar") === true ? archive : "hello");
        }),
      );
    });

    it("becomes a file that only root can read, named by its path", async () => {
      const url = `http://${server.host}/dir/name.txt?x=1`;

      const { files, state, history } = await yard.run(`ADD ${url} /to/`);

      expect(files).to.deep.equal(["to directory 755 0:0", "to/name.txt file 600 0:0"]);
      expect((await state.tree()).get("to/name.txt")?.mtime).to.deep.equal({
        seconds: 1_583_204_583,
        nanoseconds: 0,
      });
      expect(history).to.deep.equal([`ADD ${url} /to/ # buildkit`]);
    });

    it("gets the name, the mode and the owner that are asked for", async () => {
      const { files } = await yard.run(
        `ADD --chmod=755 --chown=7:8 http://${server.host}/name.txt /bin/tool`,
      );

      expect(files).to.deep.equal(["bin directory 755 7:8", "bin/tool file 755 7:8"]);
    });

    it("goes into a directory that is there, through links of the stage", async () => {
      const tree = treeOf({ real: 0o755, sym: link("real") });

      const { files } = await yard.run(`ADD http://${server.host}/name.txt /sym`, { tree });

      expect(files).to.include("real/name.txt file 600 0:0");
    });

    it("is unpacked only with --unpack", async () => {
      const url = `http://${server.host}/a.tar`;

      const { files } = await yard.run(`ADD ${url} /as-is/\nADD --unpack ${url} /unpacked/`);

      expect(files).to.include("as-is/a.tar file 600 0:0");
      expect(files).to.include("unpacked/in/file file 644 0:0");
    });

    it("stands beside other sources, in their order", async () => {
      await yard.write("name.txt", "local");

      const { files } = await yard.run(`ADD name.txt http://${server.host}/name.txt /to/`);

      expect(files).to.include("to/name.txt file 600 0:0");
    });

    it("has to be what --checksum says", async () => {
      const url = `http://${server.host}/name.txt`;
      const right = digestOf("hello");

      expect(
        (await yard.run(`ARG S=${right}\nADD --checksum=$S ${url} /f`)).files,
      ).to.have.lengthOf(1);
      const error = await errorOf(yard.run(`ADD --checksum=${digestOf("x")} ${url} /f`));
      expect(error.code).to.equal("CONTEXT_CHECKSUM_MISMATCH");
      expect(error.location?.firstLine).to.equal(2);
    });

    it("that is missing ends the build", async () => {
      const error = await errorOf(yard.run(`ADD http://${server.host}/missing /f`));

      expect(error.code).to.equal("CONTEXT_SOURCE_NOT_FOUND");
      expect(error.message).to.contain("404");
    });
  });

  describe("a repository", () => {
    let url: string;
    let commit: string;

    beforeEach(async () => {
      const work = `${yard.directory}/repository`;
      await mkdir(`${work}/sub`, { recursive: true });
      await git(work, ["init", "--quiet", "--initial-branch=main"]);
      await writeFile(`${work}/sub/file`, "text");
      await writeFile(`${work}/top`, "top");
      await git(work, ["add", "."]);
      await git(work, ["commit", "--quiet", "--message=one"]);
      commit = await git(work, ["rev-parse", "HEAD"]);
      await git(work, ["clone", "--quiet", "--bare", ".", "../repositories/r.git"]);
      const server = servers.use(await startGitServer(`${yard.directory}/repositories`));
      url = `http://${server.host}/r.git`;
    });

    it("is copied as a directory is, with or without .git", async () => {
      const { files } = await yard.run(`ADD --chown=7:8 ${url}#main:sub /to\nADD ${url} /all/`);

      expect(files).to.deep.equal([
        "all directory 755 0:0",
        "all/sub directory 755 0:0",
        "all/sub/file file 644 0:0",
        "all/top file 644 0:0",
        "to directory 755 7:8",
        "to/file file 644 7:8",
      ]);
      const kept = await yard.run(`ADD --keep-git-dir ${url} /to`);
      expect(kept.files).to.include("to/.git/HEAD file 644 0:0");
    });

    it("has to be the commit that --checksum says", async () => {
      const { files } = await yard.run(`ADD --checksum=${commit.slice(0, 8)} ${url} /to`);

      expect(files).to.include("to/top file 644 0:0");
      const error = await errorOf(yard.run(`ADD --checksum=abcdef ${url} /to`));
      expect(error.message).to.equal(`expected checksum to match abcdef, got ${commit}`);
    });

    it("refuses flags that contradict the URL", async () => {
      const keep = await errorOf(yard.run(`ADD --keep-git-dir=false ${url}?keep-git-dir=true /to`));
      const checksum = await errorOf(yard.run(`ADD --checksum=ab ${url}?checksum=cd /to`));

      expect(keep.message).to.equal("inconsistent keep-git-dir configuration");
      expect(checksum.message).to.equal('checksum mismatch "ab" != "cd"');
    });
  });

  const invalid: readonly [words: string, message: string][] = [
    [`--checksum=${digestOf("")} f`, "checksum requires HTTP(S) or Git sources"],
    [
      `--checksum=${digestOf("")} http://h/a http://h/b`,
      "checksum can't be specified for multiple sources",
    ],
    ["--checksum=nonsense http://h/a", "invalid checksum digest format"],
    [`--checksum=sha512:${"0".repeat(128)} http://h/a`, "invalid checksum digest format"],
  ];
  for (const [words, message] of invalid) {
    it(`refuses ADD ${words.slice(0, 40)}`, async () => {
      const error = await errorOf(yard.run(`ADD ${words} /x`));

      expect(error.code).to.equal("DOCKERFILE_INVALID");
      expect(error.message).to.equal(message);
    });
  }

  it("keeps --link, --exclude and heredocs as COPY does", async () => {
    await yard.write("d/a.txt", "a");
    await yard.write("d/b.tmp", "b");
    const tree = treeOf({ real: 0o755, sym: link("real") });

    const { files } = await yard.run("ADD --link --exclude=*.tmp d <<EOF /sym/\nbody\nEOF", {
      tree,
    });

    expect(files).to.deep.equal([
      "real directory 755 0:0",
      "sym directory 755 0:0",
      "sym/EOF file 644 0:0 body\n",
      "sym/a.txt file 644 0:0",
    ]);
  });
});
