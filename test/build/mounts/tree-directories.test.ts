import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { TreeDirectories } from "../../../src/build/mounts/tree-directories.ts";
import { Contents } from "../../../src/layer/contents.ts";
import { errorOf } from "../../support/error-of.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";
import { file, someTime, treeOf } from "../../support/tree.ts";

describe("build/mounts/tree-directories", () => {
  let place: TemporaryDirectory;
  let contents: Contents;
  let trees: TreeDirectories;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
    contents = new Contents(place.path);
    trees = new TreeDirectories(place.join("mounts"), contents);
  });

  afterEach(async () => {
    await contents[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  it("writes a directory with its own mode and time", async () => {
    const { root } = treeOf({ "": 0o1777, "a/b": file("text", { mode: 0o640 }) });

    const path = await trees.shared(root);

    const { mode, mtimeMs } = lstatSync(path);
    expect(mode & 0o7777).to.equal(0o1777);
    expect(mtimeMs).to.equal(someTime.seconds * 1000);
    expect(lstatSync(join(path, "a/b")).mode & 0o7777).to.equal(0o640);
  });

  it("writes a file as a file", async () => {
    expect(readFileSync(await trees.shared(file("text")), "utf8")).to.equal("text");
  });

  it("writes a node once, also for several at a time", async () => {
    const node = file("text");

    const [one, other] = await Promise.all([trees.shared(node), trees.shared(node)]);

    expect(one).to.equal(other);
  });

  it("gives a copy of its own, and removes it", async () => {
    const { root } = treeOf({ a: file("text") });

    const [one, other] = [await trees.own(root), await trees.own(root)];
    one[Symbol.dispose]();

    expect(existsSync(one.path)).to.equal(false);
    expect(readFileSync(join(other.path, "a"), "utf8")).to.equal("text");
  });

  it("leaves no half of a copy", async () => {
    const missing = file("text", { content: { kind: "local", path: place.join("none") } });

    const error = await errorOf(trees.own(missing));

    expect(error.code).to.equal("CONTEXT_UNREADABLE");
    expect(existsSync(place.join("mounts/1"))).to.equal(false);
  });
});
