import { readdir, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import type { FileNode } from "../../src/filetree/node.ts";
import { FileTree } from "../../src/filetree/tree.ts";
import { Contents } from "../../src/layer/contents.ts";
import { applyLayer } from "../../src/layer/layer-tree.ts";
import { collect, inChunks } from "../support/chunks.ts";
import { errorOf } from "../support/error-of.ts";
import { type MemoryLayer, memoryLayer } from "../support/memory-layer.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { file } from "../support/tree.ts";

const large = "0123456789".repeat(30_000);
const texts: Readonly<Record<string, string>> = {
  a: "one",
  b: large,
  c: "three",
  d: large + large,
};

async function treeOfLayer(layer: MemoryLayer): Promise<FileTree> {
  const tree = new FileTree();
  await applyLayer(tree, layer, { diffId: layer.diffId });
  return tree;
}

function fileIn(tree: FileTree, path: string): FileNode {
  const node = tree.get(path);
  if (node?.type === "file") return node;
  throw new Error(`${path} is no file`);
}

/** The same file in a layer that is read from `stream`. */
function inOtherLayer(node: FileNode | undefined, stream: Readable): FileNode {
  if (node?.content.kind !== "layer") throw new Error("the file is in no layer");
  const layer = { ...node.content.layer, open: () => Promise.resolve(stream) };
  return { ...node, content: { ...node.content, layer } };
}

async function* forged(archive: Buffer): AsyncGenerator<Buffer> {
  yield* inChunks(archive, [4096, 4096, 4096]);
  throw new Error("the digest is wrong");
}

async function* stalling(archive: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(gzipSync(archive).subarray(0, -100));
  await new Promise(() => undefined);
}

describe("layer/contents", () => {
  let directory: TemporaryDirectory;
  let contents: Contents;
  let layer: MemoryLayer;
  let tree: FileTree;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    contents = new Contents(directory.path);
    layer = await memoryLayer(
      Object.entries(texts).map(([path, text]) => ({ kind: "put", path, node: file(text) })),
    );
    tree = await treeOfLayer(layer);
  });

  afterEach(async () => {
    await contents[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  const read = async (node: FileNode): Promise<string> =>
    (await collect(await contents.open(node))).toString();
  const files = (...paths: string[]): FileNode[] => paths.map((path) => fileIn(tree, path));
  /** How often the layer was opened since its tree was made. */
  const reads = (): number => layer.opened - 1;

  it("opens empty, inline and local files", async () => {
    await writeFile(directory.join("local"), "local");
    const local = file("local", { content: { kind: "local", path: directory.join("local") } });

    expect(await read(file(""))).to.equal("");
    expect(await read(file("inline"))).to.equal("inline");
    expect(await read(local)).to.equal("local");
  });

  it("opens files of a layer, small and large, more than once", async () => {
    for (const path of ["c", "d", "a", "b", "b"]) {
      expect(await read(fileIn(tree, path))).to.equal(texts[path]);
    }
  });

  it("reads a layer once for all files that are prefetched together", async () => {
    await contents.prefetch(files("d", "a", "b"));
    await contents.prefetch(files("a", "d"));

    expect(await Promise.all(files("a", "b", "d").map(read))).to.deep.equal([
      texts["a"],
      texts["b"],
      texts["d"],
    ]);
    expect(reads()).to.equal(1);
  });

  it("leaves no file behind, not even while it works", async () => {
    await contents.prefetch(files("a", "d"));

    expect(await readdir(directory.path)).to.deep.equal([]);
  });

  it("visits files in the order of their layer, and reads that once", async () => {
    const visited: string[] = [];

    await contents.forEachContent(files("d", "c", "a"), async (node, body) => {
      const text = (await collect(body)).toString();
      visited.push(Object.keys(texts).find((path) => fileIn(tree, path) === node) ?? "");
      expect(text).to.equal(texts[visited.at(-1) ?? ""]);
    });

    expect(visited).to.deep.equal(["a", "c", "d"]);
    expect(reads()).to.equal(1);
  });

  it("visits each of several copies of a file", async () => {
    const copies = files("a", "b").flatMap((node) => [node, { ...node, uid: 1 }]);
    const lengths: number[] = [];

    await contents.forEachContent(copies, async (_, body) => {
      lengths.push((await collect(body)).length);
    });

    expect(lengths).to.deep.equal([3, 3, large.length, large.length]);
    expect(reads()).to.equal(1);
  });

  it("visits what is at hand without reading a layer", async () => {
    await contents.prefetch(files("a"));
    const visited: string[] = [];

    await contents.forEachContent([...files("a"), file("inline")], async (_, body) => {
      visited.push((await collect(body)).toString());
    });

    expect(visited).to.deep.equal(["one", "inline"]);
    expect(reads()).to.equal(1);
  });

  it("lets a visitor leave contents unread", async () => {
    let count = 0;
    await contents.forEachContent(files("a", "b", "c", "d"), () => {
      count += 1;
    });

    expect(count).to.equal(4);
  });

  it("passes errors of a visitor unchanged", async () => {
    const failure = new Error("visitor");
    const visit = (): never => {
      throw failure;
    };

    const error: unknown = await contents
      .forEachContent(files("a"), visit)
      .catch((reason: unknown) => reason);

    expect(error).to.equal(failure);
  });

  it("reads the rest of the blob after the last file, so that it is verified", async () => {
    const [node] = files("a");
    const moved = inOtherLayer(node, Readable.from(forged(layer.archive)));

    const error: unknown = await contents.prefetch([moved]).catch((reason: unknown) => reason);

    expect(String(error)).to.contain("the digest is wrong");
  });

  it("gives up a layer that stalls when a visitor fails", async () => {
    const stream = Readable.from(stalling(layer.archive));
    const [node] = files("a");
    const failure = new Error("visitor");

    const error: unknown = await contents
      .forEachContent([inOtherLayer(node, stream)], () => Promise.reject(failure))
      .catch((reason: unknown) => reason);

    expect(error).to.equal(failure);
    expect(stream.destroyed).to.equal(true);
  });

  it("says which layer lacks a file that it had", async () => {
    const missing = file("x", { content: { kind: "layer", layer, offset: 1 } });

    const error = await errorOf(contents.open(missing));

    expect(error.code).to.equal("IMAGE_MALFORMED");
    expect(error.message).to.contain(layer.descriptor.digest);
  });
});
