import { link as hardLink, mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { DirectoryContext } from "../../src/context/directory-context.ts";
import { createIgnoreMatcher } from "../../src/dockerfile/ignore/matcher.ts";
import { splitPattern } from "../../src/filetree/glob.ts";
import { resolvePath } from "../../src/filetree/resolve.ts";
import type { FileTree } from "../../src/filetree/tree.ts";
import { errorOf } from "../support/error-of.ts";
import { heapKeptBy } from "../support/heap.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { listing } from "../support/tree.ts";
import { directoriesRead } from "../support/watch-directories.ts";

describe("context/directory-context", () => {
  let temporary: TemporaryDirectory;
  let directory: string;

  const write = async (name: string, text = name): Promise<void> => {
    const file = path.join(directory, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text, { mode: 0o644 });
  };

  const open = (patterns?: readonly string[]): DirectoryContext =>
    new DirectoryContext({
      directory,
      ignore: patterns === undefined ? undefined : { file: ".dockerignore", patterns },
      matcher: patterns === undefined ? undefined : createIgnoreMatcher(patterns),
    });

  beforeEach(async () => {
    temporary = await makeTemporaryDirectory();
    directory = temporary.path;
  });

  afterEach(() => temporary[Symbol.asyncDispose]());

  it("loads what is asked for, with the directories on the way, and nothing beside it", async () => {
    await write("a/b/one");
    await write("a/two");
    await write("other/three");

    expect(await paths(open(), ["a/b"])).to.deep.equal(["a", "a/b", "a/b/one"]);
  });

  it("keeps what earlier calls have loaded", async () => {
    await write("a/one");
    await write("b/two");
    const context = open();

    await load(context, "a");

    expect(await paths(context, ["b"])).to.deep.equal(["a", "a/one", "b", "b/two"]);
  });

  it("has modes and times of the files, and root as owner of all", async () => {
    await write("f");
    await utimes(path.join(directory, "f"), 1.5, 1_577_934_245.25);

    const node = (await load(open(), "f")).get("f");

    expect(node).to.include({ type: "file", mode: 0o644, uid: 0, gid: 0, size: 1 });
    expect(node?.mtime).to.deep.equal({ seconds: 1_577_934_245, nanoseconds: 250_000_000 });
  });

  it("loads what links on the way lead to, as far as it is inside", async () => {
    await write("real/dir/f");
    await symlink("real", path.join(directory, "relative"));
    await symlink("/real/dir", path.join(directory, "absolute"));
    await symlink("../../../real", path.join(directory, "outward"));

    const tree = await load(open(), "relative/dir/f", "absolute/f", "outward/dir");

    expect(resolvePath(tree, "relative/dir/f").path).to.equal("real/dir/f");
    expect(resolvePath(tree, "absolute/f").path).to.equal("real/dir/f");
    expect(resolvePath(tree, "outward/dir/f").path).to.equal("real/dir/f");
  });

  it("refuses links that lead round in a circle", async () => {
    await symlink("two", path.join(directory, "one"));
    await symlink("one", path.join(directory, "two"));

    const error = await errorOf(() => load(open(), "one/f"));

    expect(error.code).to.equal("CONTEXT_UNREADABLE");
  });

  it("holds nothing for what does not exist", async () => {
    await write("f");

    expect(await paths(open(), ["absent/deep", "f/below"])).to.deep.equal([]);
  });

  it("makes one node of several names of a file", async () => {
    await write("one");
    await hardLink(path.join(directory, "one"), path.join(directory, "two"));

    const tree = await load(open(), "");

    expect(tree.get("one")).to.equal(tree.get("two"));
  });

  it("leaves out what is ignored, but keeps directories that hold exceptions", async () => {
    await write("keep/a");
    await write("drop/a");
    await write("drop/deep/kept");
    await write("logs/x.log");
    const context = open(["drop", "!drop/deep/kept", "**/*.log"]);

    expect(await paths(context, [""])).to.deep.equal([
      "drop",
      "drop/deep",
      "drop/deep/kept",
      "keep",
      "keep/a",
      "logs",
    ]);
  });

  it("loads what patterns match, and what links among that lead to", async () => {
    await write("a/x.txt");
    await write("a/deep/y.txt");
    await write("b/z.md");
    await symlink("b/z.md", path.join(directory, "link.txt"));

    expect(await paths(open(), ["*.txt"])).to.deep.equal(["b", "b/z.md", "link.txt"]);
    expect(await paths(open(), ["*/*.md"])).to.deep.equal(["a", "b", "b/z.md", "link.txt"]);
    expect(await paths(open(["b"]), ["*"]))
      .to.include("a/deep/y.txt")
      .and.not.include("b/z.md");
    expect((await errorOf(() => load(open(), "a[/x"))).code).to.equal("DOCKERFILE_INVALID");
  });

  describe("reads no directory that is not used", () => {
    beforeEach(async () => {
      for (let at = 0; at < 20; at += 1) await write(`node_modules/${at}/deep/file`);
      await write("app/src/main.ts");
      await write("app/src/main.log");
      await write("package.json");
    });

    const cases: Readonly<Record<string, readonly [readonly string[], string, readonly string[]]>> =
      {
        "of one that is named": [[], "app/src", ["app/src/"]],
        "of a file that is named": [[], "package.json", []],
        "of what a pattern matches": [[], "pack*.json", ["/"]],
        "of what a pattern matches further below": [[], "app/*/*.ts", ["app/", "app/src/"]],
        "of one that is ignored": [["node_modules"], "", ["/", "app/", "app/src/"]],
        "of one that is ignored, asked for by name": [["node_modules"], "node_modules/7", []],
        "where all but one is ignored": [["*", "!app"], "", ["/", "app/", "app/src/"]],
        "where exceptions have wildcards": [
          ["*", "!app/**/*.ts", "!pack*.json"],
          "",
          ["/", "app/", "app/src/"],
        ],
      };
    for (const [title, [patterns, asked, expected]] of Object.entries(cases)) {
      it(title, async () => {
        const context = open(patterns);

        const read = await directoriesRead(directory, () => load(context, asked));

        expect(read.map((each) => (each === "" ? "/" : each))).to.deep.equal(expected);
      });
    }
  });

  it("keeps little more of a file than what a tree says", async () => {
    const files = 3000;
    const deep = `${"directory/".repeat(10)}of-many`;
    await mkdir(path.join(directory, deep), { recursive: true });
    for (let at = 0; at < files; at += 1) {
      await writeFile(path.join(directory, deep, `file-${at}.txt`), "text");
    }

    const bytes = await heapKeptBy(async () => {
      const context = open();
      await context.load([splitPattern("directory")]);
      return context;
    });

    // The node, its time, its content, its name and its entry in a map. Its path would take 200 more.
    expect(bytes / files).to.be.below(330);
  });
});

/** The paths of all that a context has after it was asked for some. */
async function paths(context: DirectoryContext, asked: readonly string[]): Promise<string[]> {
  return listing(await load(context, ...asked)).map((line) => line.split(" ")[0] ?? "");
}

function load(context: DirectoryContext, ...asked: readonly string[]): Promise<FileTree> {
  return context.load(asked.map(splitPattern));
}
