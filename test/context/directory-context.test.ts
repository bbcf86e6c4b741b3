import { link as hardLink, mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { DirectoryContext } from "../../src/context/directory-context.ts";
import { createIgnoreMatcher, type IgnoreState } from "../../src/dockerfile/ignore/matcher.ts";
import { resolvePath } from "../../src/filetree/resolve.ts";
import { errorOf } from "../support/error-of.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { listing } from "../support/tree.ts";

/** The state of a directory that is ignored with all it holds. */
const closedState: IgnoreState = {
  isIgnored: true,
  mayHoldKept: false,
  enter: () => {
    throw new Error("what is ignored as a whole was entered");
  },
};

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

    await context.load(["a"]);

    expect(await paths(context, ["b"])).to.deep.equal(["a", "a/one", "b", "b/two"]);
  });

  it("has modes and times of the files, and root as owner of all", async () => {
    await write("f");
    await utimes(path.join(directory, "f"), 1.5, 1_577_934_245.25);

    const node = (await open().load(["f"])).get("f");

    expect(node).to.include({ type: "file", mode: 0o644, uid: 0, gid: 0, size: 1 });
    expect(node?.mtime).to.deep.equal({ seconds: 1_577_934_245, nanoseconds: 250_000_000 });
  });

  it("loads what links on the way lead to, as far as it is inside", async () => {
    await write("real/dir/f");
    await symlink("real", path.join(directory, "relative"));
    await symlink("/real/dir", path.join(directory, "absolute"));
    await symlink("../../../real", path.join(directory, "outward"));

    const tree = await open().load(["relative/dir/f", "absolute/f", "outward/dir"]);

    expect(resolvePath(tree, "relative/dir/f").path).to.equal("real/dir/f");
    expect(resolvePath(tree, "absolute/f").path).to.equal("real/dir/f");
    expect(resolvePath(tree, "outward/dir/f").path).to.equal("real/dir/f");
  });

  it("refuses links that lead round in a circle", async () => {
    await symlink("two", path.join(directory, "one"));
    await symlink("one", path.join(directory, "two"));

    const error = await errorOf(() => open().load(["one/f"]));

    expect(error.code).to.equal("CONTEXT_UNREADABLE");
  });

  it("holds nothing for what does not exist", async () => {
    await write("f");

    expect(await paths(open(), ["absent/deep", "f/below"])).to.deep.equal([]);
  });

  it("makes one node of several names of a file", async () => {
    await write("one");
    await hardLink(path.join(directory, "one"), path.join(directory, "two"));

    const tree = await open().load([""]);

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

  it("does not look into directories that are ignored as a whole", async () => {
    await write("huge/f");
    const matcher = createIgnoreMatcher(["huge"]);
    const context = new DirectoryContext({
      directory,
      ignore: undefined,
      // Whoever asks about what is below fails.
      matcher: { ...matcher, root: { ...matcher.root, enter: () => closedState } },
    });

    expect(await paths(context, ["huge/f", ""])).to.deep.equal([]);
  });
});

/** The paths of all that a context has after it was asked for some. */
async function paths(context: DirectoryContext, asked: readonly string[]): Promise<string[]> {
  return listing(await context.load(asked)).map((line) => line.split(" ")[0] ?? "");
}
