import { expect } from "chai";
import { decompress } from "../../../src/layer/compression.ts";
import { readTar } from "../../../src/layer/tar-reader.ts";
import type { ImageLayer } from "../../../src/output/output.ts";
import { errorOf } from "../../support/error-of.ts";
import { StepYard } from "../../support/step-yard.ts";
import { file, link, treeOf } from "../../support/tree.ts";

describe("build/steps/copy", () => {
  let yard: StepYard;

  beforeEach(async () => {
    yard = await StepYard.open();
    for (const name of ["a.txt", "b.md", "d/c.txt", "d/sub/e.txt", "d/sub/f.md"]) {
      await yard.write(name, name);
    }
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  describe("--link", () => {
    it("makes a layer of its own, with all directories that lead to it", async () => {
      const tree = treeOf({ srv: 0o700, "srv/app": 0o700, "srv/app/old": file("o") });

      const { state, files } = await yard.run("COPY --link a.txt /srv/app/", { tree });

      expect(await namesIn(state.layers[0])).to.deep.equal(["srv", "srv/app", "srv/app/a.txt"]);
      expect(files).to.deep.equal([
        "srv directory 755 0:0",
        "srv/app directory 755 0:0",
        "srv/app/a.txt file 644 0:0",
        "srv/app/old file 644 0:0 o",
      ]);
    });

    it("follows no link of the stage", async () => {
      const tree = treeOf({ real: 0o755, sym: link("real") });

      const { files } = await yard.run("COPY --link a.txt /sym/a", { tree });

      expect(files).to.deep.equal([
        "real directory 755 0:0",
        "sym directory 755 0:0",
        "sym/a file 644 0:0",
      ]);
    });

    it("knows no names of the stage's accounts", async () => {
      const tree = treeOf({ "etc/passwd": file("app:x:1000:1000:::\n") });

      const { files } = await yard.run("COPY --link --chown=app a.txt /x", { tree });

      expect(files).to.include("x file 644 0:0");
    });

    it("is not heeded beside --chmod", async () => {
      const tree = treeOf({ real: 0o755, sym: link("real") });

      const { files } = await yard.run("COPY --link --chmod=600 a.txt /sym/a", { tree });

      expect(files).to.include("real/a file 600 0:0");
    });
  });

  describe("--parents", () => {
    const cases: readonly [source: string, files: readonly string[]][] = [
      ["d/sub/e.txt", ["d", "d/sub", "d/sub/e.txt"]],
      ["./d/sub", ["d", "d/sub", "d/sub/e.txt", "d/sub/f.md"]],
      ["d/./sub/e.txt", ["sub", "sub/e.txt"]],
      ["d/./**/*.md", ["sub", "sub/f.md"]],
      ["**/*.txt", ["a.txt", "d", "d/c.txt", "d/sub", "d/sub/e.txt"]],
      ["*/./c.txt", ["c.txt"]],
      ["d/../a.txt", ["a.txt"]],
      ["/d/c.txt a.txt", ["a.txt", "d", "d/c.txt"]],
      ["no/*.txt", []],
      ["--exclude=**/*.md d", ["d", "d/c.txt", "d/sub", "d/sub/e.txt"]],
    ];
    for (const [source, expected] of cases) {
      it(`keeps ${expected.join(" ") || "nothing"} of ${source}`, async () => {
        const { files } = await yard.run(`COPY --parents ${source} /to/`);

        const names = files.map((line) => line.split(" ")[0]);
        expect(names).to.deep.equal(["to", ...expected.map((name) => `to/${name}`)]);
      });
    }

    for (const source of ["no/such", "d/./no", "d/sub/./", "lead/c.txt"]) {
      it(`ends with an error when there is no ${source}`, async () => {
        await yard.link("lead", "d");

        const error = await errorOf(yard.run(`COPY --parents ${source} /to/`));

        expect(error.code).to.equal("CONTEXT_SOURCE_NOT_FOUND");
        expect(error.location?.firstLine).to.equal(2);
      });
    }

    it("says what may have been meant", async () => {
      const error = await errorOf(yard.run("COPY --parents d/sub/g.txt /to/"));

      expect(error.message).to.equal('"/d/sub/g.txt": not found in the build context');
      expect(error.hint).to.equal("Did you mean /d/sub/e.txt?");
    });
  });

  describe("--exclude", () => {
    const cases: readonly [words: string, files: readonly string[]][] = [
      ["--exclude=*.md d", ["c.txt", "sub", "sub/e.txt", "sub/f.md"]],
      ["--exclude=**/*.md --exclude=c.txt d", ["sub", "sub/e.txt"]],
      ["--exclude=sub --exclude=!sub/e.txt d", ["c.txt", "sub", "sub/e.txt"]],
      ["--exclude=d/sub d", ["c.txt", "sub", "sub/e.txt", "sub/f.md"]],
      ["--exclude=*.md *.txt *.md", ["a.txt"]],
    ];
    for (const [words, expected] of cases) {
      it(`leaves ${expected.join(" ")} of ${words}`, async () => {
        const { files } = await yard.run(`COPY ${words} /to/`);

        const names = files.map((line) => line.split(" ")[0]);
        expect(names).to.deep.equal(["to", ...expected.map((name) => `to/${name}`)]);
      });
    }

    it("refuses a pattern that is none", async () => {
      const error = await errorOf(yard.run("COPY --exclude=[ d /to"));

      expect(error.code).to.equal("DOCKERFILE_SYNTAX");
    });
  });

  const remote: readonly [source: string, message: string][] = [
    ["http://localhost/x", "source can't be a URL for COPY"],
    ["https://localhost/x.git", "source can't be a git ref for COPY"],
    ["git@localhost:x", "source can't be a git ref for COPY"],
    ["ssh://localhost/x", "source can't be a git ref for COPY"],
  ];
  for (const [source, message] of remote) {
    it(`does not take ${source}`, async () => {
      const error = await errorOf(yard.run(`COPY ${source} /x`));

      expect(error.message).to.equal(message);
      expect(error.hint).to.contain("ADD");
    });
  }

  it("takes a path that begins as a host does", async () => {
    await yard.write("github.com/o/r/f", "f");

    const { files } = await yard.run("COPY github.com/o/r /x");

    expect(files).to.include("x/f file 644 0:0");
  });
});

async function namesIn(layer: ImageLayer | undefined): Promise<string[]> {
  const names: string[] = [];
  if (layer === undefined) return names;
  for await (const { header } of readTar(decompress(await layer.open()))) names.push(header.name);
  return names.map((name) => name.replace(/\/$/, ""));
}
