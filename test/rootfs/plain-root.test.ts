import { existsSync, lstatSync, readdirSync } from "node:fs";
import * as fs from "node:fs/promises";
import { expect } from "chai";
import type { FileTree } from "../../src/filetree/tree.ts";
import { Contents } from "../../src/layer/contents.ts";
import { readBody } from "../../src/layer/file-body.ts";
import { layerChanges } from "../../src/layer/layer-changes.ts";
import { writeLayer } from "../../src/layer/layer-writer.ts";
import { Spool } from "../../src/layer/spool.ts";
import { PlainRootFactory } from "../../src/rootfs/plain-root.ts";
import { setTimes } from "../../src/rootfs/posix.ts";
import type { StageRoot } from "../../src/rootfs/stage-root.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { file, link, someTime, treeOf } from "../support/tree.ts";
import { changesIn } from "../support/tree-changes.ts";

const write =
  (text: string) =>
  async (at: string): Promise<void> => {
    await fs.writeFile(`${at}/f`, text);
    setTimes(`${at}/f`, someTime);
  };

describe("rootfs/plain-root", () => {
  let place: TemporaryDirectory;
  let contents: Contents;
  let factory: PlainRootFactory;
  let root: StageRoot;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
    contents = new Contents(place.path);
    factory = new PlainRootFactory(place.join("roots"), contents);
    root = await factory.create();
  });
  afterEach(async () => {
    await contents[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const changesOf = async (
    tree: FileTree,
    work: (at: string) => Promise<void>,
  ): Promise<string[]> => {
    await root.update(tree);
    return changesIn((await root.change(work)).tree, tree);
  };

  it("brings a tree to disk, and then to the next", async () => {
    const hard = file("hard", { mode: 0o4750 });
    await root.update(treeOf({ "d/a": hard, "d/b": hard, gone: file("gone"), link: link("d") }));
    await root.update(treeOf({ "d/a": hard, link: file("file now"), new: 0o700 }));

    const { result } = await root.change(async (at) => ({
      names: readdirSync(at, { recursive: true }),
      text: await fs.readFile(`${at}/link`, "utf8"),
      mode: lstatSync(`${at}/d/a`).mode & 0o7777,
      time: lstatSync(`${at}/d/a`).mtimeMs / 1000,
    }));

    expect(result.names).to.have.members(["d", "d/a", "link", "new"]);
    expect(result).to.include({ text: "file now", mode: 0o4750, time: someTime.seconds });
  });

  it("gives owners that it may not put on disk back as they were", async () => {
    const tree = treeOf({ d: 0o755, "d/f": file("text", { uid: 33, gid: 34 }) });

    expect(await changesOf(tree, (at) => fs.writeFile(`${at}/d/f`, "rewritten"))).to.deep.equal([
      "d directory 755 0:0",
      'd/f file 644 33:34 "rewritten"',
    ]);
  });

  it("finds what was added, changed, replaced and deleted", async () => {
    const tree = treeOf({
      "": 0o755,
      gone: file("gone"),
      moded: file("moded"),
      "tree/a": file("a"),
      replaced: file("x"),
    });

    const lines = await changesOf(tree, async (at) => {
      await fs.rm(`${at}/gone`);
      await fs.chmod(`${at}/moded`, 0o600);
      await fs.rm(`${at}/tree`, { recursive: true });
      await fs.rm(`${at}/replaced`);
      await fs.symlink("elsewhere", `${at}/replaced`);
    });

    expect(lines.map((line) => line.replace(/\d+:\d+/, "ids"))).to.deep.equal([
      "gone gone",
      'moded file 600 ids "moded"',
      "replaced symlink 777 ids elsewhere",
      "tree gone",
    ]);
  });

  it("compares bytes when a time was set back", async () => {
    const tree = treeOf({ "": 0o755, changed: file("one"), same: file("one") });

    const lines = await changesOf(tree, async (at) => {
      await fs.writeFile(`${at}/changed`, "two");
      await fs.writeFile(`${at}/same`, "one");
      for (const name of ["changed", "same"]) setTimes(`${at}/${name}`, someTime);
    });

    expect(lines).to.deep.equal(['changed file 644 0:0 "two"']);
  });

  it("has contents in their layer when later commands write the same file", async () => {
    const before = treeOf({ "": 0o755 });
    await root.update(before);
    const { tree } = await root.change((at) => fs.writeFile(`${at}/f`, "first"));
    using spool = await Spool.open(place.path);
    await writeLayer(await layerChanges(before, tree, contents), { contents, spool });
    await root.change((at) => fs.writeFile(`${at}/f`, "second"));

    const node = tree.get("f");
    const body = node?.type === "file" ? await readBody(await contents.open(node)) : undefined;
    expect(body?.toString()).to.equal("first");
  });

  it("notices what has the size and time of the file that a command before has written", async () => {
    const before = treeOf({ "": 0o755 });
    await root.update(before);
    const { tree } = await root.change(write("one"));
    using spool = await Spool.open(place.path);
    await writeLayer(await layerChanges(before, tree, contents), { contents, spool });

    const { tree: after } = await root.change(write("two"));

    expect([...(await layerChanges(tree, after, contents))]).to.have.length(1);
  });

  it("drops what was done by a command that throws", async () => {
    await root.update(treeOf({ a: file("a") }));
    const failed = root.change(async (at) => {
      await fs.rm(`${at}/a`);
      throw new RangeError("enough");
    });

    expect(await failed.catch(String)).to.equal("RangeError: enough");
    const { result } = await root.change((at) => Promise.resolve(readdirSync(at)));
    expect(result).to.deep.equal(["a"]);
  });

  it("gives a fork the same files", async () => {
    await root.update(treeOf({ a: file("a") }));
    await root.change((at) => fs.writeFile(`${at}/b`, "b"));

    await using fork = await root.fork();

    const { result } = await fork.change((at) => fs.readFile(`${at}/b`, "utf8"));
    expect(result).to.equal("b");
  });

  it("removes everything, also what lacks permission bits", async () => {
    await root.update(treeOf({ "": 0o755 }));
    const { result } = await root.change(async (at) => {
      await fs.mkdir(`${at}/locked/inner`, { recursive: true });
      return at;
    });
    await fs.chmod(`${result}/locked`, 0);

    await factory[Symbol.asyncDispose]();

    expect(existsSync(place.join("roots"))).to.equal(false);
  });
});
