import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import { Spool } from "../../src/layer/spool.ts";
import { collect, inChunks } from "../support/chunks.ts";
import { errorOf } from "../support/error-of.ts";
import { layerOf } from "../support/memory-layer.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const content = Buffer.from("some content");
const hex = digestOf(content).slice("sha256:".length);

describe("layer/spool", () => {
  let directory: TemporaryDirectory;
  let spool: Spool;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    spool = await Spool.open(directory.join("spool"));
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  const names = (): Promise<string[]> => readdir(directory.join("spool/blobs/sha256"));

  it("stores content under its digest, as an image layout does", async () => {
    const blob = await spool.store(inChunks(content, [3, 4]));

    const path = directory.join("spool/blobs/sha256", hex);
    expect(blob).to.deep.include({ digest: digestOf(content), size: content.length, path });
    expect(spool.pathOf(blob.digest)).to.equal(path);
    expect((await readFile(path)).equals(content)).to.equal(true);
    expect(await names()).to.deep.equal([hex]);
  });

  it("stores equal content once, also at the same time", async () => {
    await Promise.all([spool.store(inChunks(content)), spool.store(inChunks(content))]);

    expect(await names()).to.deep.equal([hex]);
  });

  it("leaves nothing of content that fails, and passes its error unchanged", async () => {
    const failure = new Error("read");
    async function* source(): AsyncGenerator<Buffer> {
      yield* inChunks(content);
      throw failure;
    }

    const error: unknown = await spool.store(source()).catch((reason: unknown) => reason);

    expect(error).to.equal(failure);
    expect(await names()).to.deep.equal([]);
  });

  it("keeps a layer as it is stored elsewhere", async () => {
    const remote = layerOf(content);

    const kept = await spool.keep(remote);

    expect(kept.descriptor).to.equal(remote.descriptor);
    const stored = await collect(await remote.open());
    expect((await collect(await kept.open())).equals(stored)).to.equal(true);
    expect(remote.opened).to.equal(2);
  });

  it("does not keep a layer that is not what its descriptor says", async () => {
    const other = layerOf(Buffer.from("other"));
    const remote = { ...layerOf(content), open: () => other.open() };

    const error = await errorOf(spool.keep(remote));

    expect(error.code).to.equal("IMAGE_MALFORMED");
    expect(await names()).to.deep.equal([]);
  });

  for (const [name, damage] of [
    ["changed", (path: string) => writeFile(path, "x".repeat(content.length))],
    ["cut off", (path: string) => truncate(path, 3)],
    ["made longer", (path: string) => writeFile(path, "more", { flag: "a" })],
  ] as const) {
    it(`notices a blob that was ${name} on disk`, async () => {
      const kept = await spool.keep(layerOf(Buffer.from("x"), content));
      await damage(spool.pathOf(digestOf(content)));

      const error = await errorOf(kept.open().then(collect));

      expect(error.code).to.equal("IMAGE_MALFORMED");
    });
  }

  it("has a blob also when its name is gone", async () => {
    const kept = await spool.keep(layerOf(Buffer.from("x"), content));
    await rm(spool.pathOf(digestOf(content)));

    expect((await collect(await kept.open())).equals(content)).to.equal(true);
  });

  it("has a blob also where reading it was given up", async () => {
    const kept = await spool.keep(layerOf(Buffer.from("x"), content));
    for await (const _ of await kept.open()) break;

    expect((await collect(await kept.open())).equals(content)).to.equal(true);
  });

  it("says so when a blob cannot be read", async () => {
    const kept = await spool.keep(layerOf(Buffer.from("x"), content));
    spool[Symbol.dispose]();

    expect((await errorOf(kept.open().then(collect))).code).to.equal("FILESYSTEM_FAILED");
  });

  it("says what it could not do when the directory cannot be made", async () => {
    await writeFile(directory.join("file"), "");

    const error = await errorOf(Spool.open(directory.join("file")));

    expect(error.code).to.equal("FILESYSTEM_FAILED");
  });
});
