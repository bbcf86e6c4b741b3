import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import * as fc from "fast-check";
import * as tar from "tar";
import { diffTrees, type LayerChange } from "../../src/filetree/diff.ts";
import type { LeafNode } from "../../src/filetree/node.ts";
import { FileTree } from "../../src/filetree/tree.ts";
import { digestOf } from "../../src/image/digest.ts";
import { Contents } from "../../src/layer/contents.ts";
import { applyLayer } from "../../src/layer/layer-tree.ts";
import { type WriteLayerOptions, writeLayer } from "../../src/layer/layer-writer.ts";
import { Spool } from "../../src/layer/spool.ts";
import { collect } from "../support/chunks.ts";
import { outputOf } from "../support/command.ts";
import { errorOf } from "../support/error-of.ts";
import { archiveOf, memoryLayer } from "../support/memory-layer.ts";
import { actions, contentsOf, perform } from "../support/random-tree.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { file, link, listing, someTime } from "../support/tree.ts";

const text = file("text");
const metadata = { mode: 0o755, uid: 0, gid: 0, mtime: someTime };

const changes: LayerChange[] = [
  { kind: "put", path: "d", node: { type: "directory", ...metadata } },
  { kind: "put", path: "d/file", node: text },
  { kind: "link", path: "d/hard", target: "d/file", node: text },
  { kind: "whiteout", path: "d/gone" },
  { kind: "put", path: "d/link", node: link("file") },
  { kind: "put", path: `d/${"long".repeat(30)}é`, node: file("0123456789".repeat(100_000)) },
];

describe("layer/layer-writer", () => {
  let directory: TemporaryDirectory;
  let contents: Contents;
  let spool: Spool;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    contents = new Contents(directory.path);
    spool = await Spool.open(directory.join("spool"));
  });

  afterEach(async () => {
    await contents[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  const write = (
    said: readonly LayerChange[],
    options: Partial<WriteLayerOptions> = {},
  ): ReturnType<typeof writeLayer> => writeLayer(said, { contents, spool, ...options });
  const blobs = (): Promise<string[]> => readdir(directory.join("spool/blobs/sha256"));

  it("writes the well-known empty layer where nothing changed", async () => {
    const layer = await write([]);

    expect(layer.diffId).to.equal(
      "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    );
    expect(gunzipSync(await readFile(layer.path)).equals(Buffer.alloc(1024))).to.equal(true);
  });

  for (const [algorithm, mediaType] of [
    ["none", "application/vnd.oci.image.layer.v1.tar"],
    ["gzip", "application/vnd.oci.image.layer.v1.tar+gzip"],
    ["zstd", "application/vnd.oci.image.layer.v1.tar+zstd"],
  ] as const) {
    it(`describes what it stored, compressed as ${algorithm}`, async () => {
      const layer = await write(changes, { compression: { algorithm } });

      const stored = await readFile(layer.path);
      expect(layer.descriptor).to.deep.equal({
        mediaType,
        digest: digestOf(stored),
        size: stored.length,
      });
      expect((await collect(await layer.open())).equals(stored)).to.equal(true);
      expect(layer.diffId).to.equal(digestOf(await archiveOf(changes)));
      const tree = new FileTree();
      await applyLayer(tree, layer, { diffId: layer.diffId });
      expect(tree.get("d/hard")).to.equal(tree.get("d/file"));
    });
  }

  it("uses the level that it is told", async () => {
    const one = await write(changes, { compression: { algorithm: "gzip", level: 1 } });
    const nine = await write(changes, { compression: { algorithm: "gzip", level: 9 } });

    expect(nine.diffId).to.equal(one.diffId);
    expect(nine.descriptor.size).to.be.lessThan(one.descriptor.size);
  });

  it("gives the same digest for the same changes, always", async () => {
    const first = await write(changes);

    expect((await write(changes)).descriptor).to.deep.equal(first.descriptor);
    expect(await blobs()).to.have.length(1);
    expect(first.diffId).to.equal(
      "sha256:6c642d62cfe4f493960dbd7871517dd3507eeeef11f1e71d91e2a13f52edfe5a",
    );
  });

  it("writes what GNU tar reads", async () => {
    const { path } = await write(changes);

    const lines = outputOf(["tar", "--full-time", "--numeric-owner", "-tvzf", path]).toString();

    expect(
      lines
        .trimEnd()
        .split("\n")
        .map((line) => line.replace(/ +/g, " ")),
    ).to.deep.equal([
      "drwxr-xr-x 0/0 0 2020-01-02 03:04:05 d/",
      "-rw-r--r-- 0/0 4 2020-01-02 03:04:05 d/file",
      "hrw-r--r-- 0/0 0 2020-01-02 03:04:05 d/hard link to d/file",
      "---------- 0/0 0 1970-01-01 00:00:00 d/.wh.gone",
      "lrwxrwxrwx 0/0 0 2020-01-02 03:04:05 d/link -> file",
      `-rw-r--r-- 0/0 1000000 2020-01-02 03:04:05 d/${"long".repeat(30)}\\303\\251`,
    ]);
  });

  it("writes what the npm package tar unpacks", async () => {
    const { path } = await write(changes);
    await mkdir(directory.join("out"));

    await tar.extract({ file: path, cwd: directory.join("out"), strict: true });

    expect(await readFile(directory.join("out/d/link"), "utf8")).to.equal("text");
    expect(await readFile(directory.join("out/d", `${"long".repeat(30)}é`), "utf8")).to.have.length(
      1_000_000,
    );
  });

  it("writes no extended attribute but security.capability, and keeps that to the byte", async () => {
    const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");
    const xattrs = new Map([
      ["user.note", Buffer.from("x")],
      ["security.capability", capability],
    ]);
    const tree = new FileTree();

    const layer = await write([{ kind: "put", path: "a", node: file("x", { xattrs }) }]);
    await applyLayer(tree, layer, { diffId: layer.diffId });

    const read = [...(tree.get("a")?.xattrs ?? [])];
    expect(read.map(([name]) => name)).to.deep.equal(["security.capability"]);
    expect(Buffer.from(read[0]?.[1] ?? "").equals(capability)).to.equal(true);
  });

  it("sets later times to the latest one, and leaves earlier ones", async () => {
    const latestMtime = someTime.seconds - 10;
    const early = file("x", { mtime: { seconds: 5, nanoseconds: 7 } });
    const said: LayerChange[] = [...changes, { kind: "put", path: "early", node: early }];
    const tree = new FileTree();

    const layer = await write(said, { latestMtime });
    await applyLayer(tree, layer, { diffId: layer.diffId });

    expect(tree.get("d")?.mtime.seconds).to.equal(latestMtime);
    expect(tree.get("d/file")?.mtime.seconds).to.equal(latestMtime);
    expect(tree.get("early")?.mtime).to.deep.equal({ seconds: 5, nanoseconds: 0 });
  });

  it("copies files out of other layers, reading each layer once", async () => {
    const base = await memoryLayer(changes.filter(({ kind }) => kind === "put"));
    const tree = new FileTree();
    await applyLayer(tree, base, { diffId: base.diffId });
    const copy = new FileTree();
    copy.setLeaf("z", tree.get("d/file") as LeafNode);
    copy.setLeaf("a", tree.get(`d/${"long".repeat(30)}é`) as LeafNode);

    const layer = await write([...diffTrees(new FileTree(), copy)]);

    expect(base.opened).to.equal(2);
    expect(layer.diffId).to.equal(
      digestOf(
        await archiveOf([
          { kind: "put", path: "a", node: file("0123456789".repeat(100_000)) },
          { kind: "put", path: "z", node: text },
        ]),
      ),
    );
  });

  it("leaves nothing in the spool, and names the file, when one cannot be read", async () => {
    await writeFile(directory.join("short"), "x");
    const content = { kind: "local", path: directory.join("short") } as const;

    const error = await errorOf(
      write([...changes, { kind: "put", path: "z", node: file("longer", { content }) }]),
    );

    expect(error.code).to.equal("CONTEXT_UNREADABLE");
    expect(error.message).to.contain(directory.join("short"));
    expect(await blobs()).to.deep.equal([]);
  });

  it("writes layers that turn one tree into the other", async () => {
    await fc.assert(
      fc.asyncProperty(actions, actions, async (first, second) => {
        const before = new FileTree();
        perform(before, first);
        const after = before.fork();
        perform(after, second);

        const layer = await memoryLayer(diffTrees(before, after));
        const result = before.fork();
        await applyLayer(result, layer, { diffId: layer.diffId });
        await inlineContents(result, contents);

        expect(contentsOf(result)).to.deep.equal(contentsOf(after));
      }),
      { numRuns: 100 },
    );
  });

  it("keeps an unchanged tree as it is", async () => {
    const layer = await write(changes);
    const tree = new FileTree();
    await applyLayer(tree, layer, { diffId: layer.diffId });
    const before = listing(tree);
    const empty = await write([...diffTrees(tree, tree.fork())]);

    await applyLayer(tree, empty, { diffId: empty.diffId });

    expect(listing(tree)).to.deep.equal(before);
  });
});

/** Takes the contents of all files into the tree, so that trees of different origin compare. */
async function inlineContents(tree: FileTree, contents: Contents): Promise<void> {
  const paths = [...contentsOf(tree).keys()];
  for (const path of paths) {
    const node = tree.get(path);
    if (node?.type !== "file") continue;
    const bytes = await collect(await contents.open(node));
    tree.setLeaf(path, { ...node, content: { kind: "inline", bytes } });
  }
}
