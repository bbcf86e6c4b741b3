import { openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { TarFile } from "../../src/transfer/tar-file.ts";
import { errorOf } from "../support/error-of.ts";
import { type RawTarEntry, rawTar } from "../support/raw-tar.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

async function contentOf(archive: TarFile, name: string): Promise<string | undefined> {
  const content = archive.read(name);
  return content === undefined ? undefined : text(content);
}

const { signal } = new AbortController();

function noScratch(): never {
  throw new Error("the archive is not compressed");
}

describe("transfer/tar-file", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  async function open(entries: readonly RawTarEntry[]): Promise<TarFile> {
    await writeFile(directory.join("a.tar"), rawTar(entries));
    return TarFile.open(directory.join("a.tar"), { signal, openScratch: noScratch });
  }

  it("reads members in any order, by their names however written", async () => {
    const archive = await open([
      { name: "./a", type: "0", body: "first" },
      { name: "d/", type: "5" },
      { name: "d/empty", type: "0" },
      { name: "d/b", type: "0", body: "second" },
    ]);

    expect(await contentOf(archive, "d/b")).to.equal("second");
    expect(await contentOf(archive, "a")).to.equal("first");
    expect(await contentOf(archive, "./d/empty")).to.equal("");
    expect(await contentOf(archive, "c")).to.equal(undefined);
    expect(archive.has("d")).to.equal(false);
  });

  it("follows links, but not in circles, and not out of the archive", async () => {
    const archive = await open([
      { name: "x/layer.tar", type: "2", link: "../y/layer.tar" },
      { name: "y/layer.tar", type: "0", body: "layer" },
      { name: "hard", type: "1", link: "y/layer.tar" },
      { name: "round", type: "2", link: "round" },
      { name: "out", type: "2", link: "../../../../etc/passwd" },
    ]);

    expect(await contentOf(archive, "x/layer.tar")).to.equal("layer");
    expect(await contentOf(archive, "hard")).to.equal("layer");
    expect(archive.has("out")).to.equal(false);
    expect((await errorOf(() => archive.has("round"))).code).to.equal("IMAGE_MALFORMED");
  });

  it("ends when it is told to", async () => {
    await open([{ name: "a", type: "0", body: "first" }]);
    const stop = new AbortController();
    stop.abort();

    const ports = { signal: stop.signal, openScratch: noScratch };
    const ended = await TarFile.open(directory.join("a.tar"), ports).catch(
      (error: unknown) => (error as Error).name,
    );

    expect(ended).to.equal("AbortError");
  });

  it("reads members of a compressed archive in any order, and each again", async () => {
    const scratch = directory.join("scratch");
    const members = ["first", "second"].map((body) => ({ name: body, type: "0", body }));
    await writeFile(directory.join("a.tar"), gzipSync(rawTar(members)));
    const openScratch = (): number => openSync(scratch, "wx+");

    const archive = await TarFile.open(directory.join("a.tar"), { signal, openScratch });

    for (const body of ["second", "first", "second"]) {
      expect(await contentOf(archive, body)).to.equal(body);
    }
  });

  it("says that there is no room for what a compressed archive unpacks to", async () => {
    await writeFile(directory.join("a.tar"), gzipSync(rawTar([])));
    const ports = { signal, openScratch: () => openSync("/dev/full", "r+") };

    const error = await errorOf(TarFile.open(directory.join("a.tar"), ports));

    expect(error.code).to.equal("FILESYSTEM_NO_SPACE");
  });

  it("says what is no archive, is cut off, or is not there", async () => {
    const members = [{ name: "a", type: "0", body: "first" }];
    await writeFile(directory.join("text"), "text");
    await writeFile(directory.join("cut.tar.gz"), gzipSync(rawTar(members)).subarray(0, -9));
    const openScratch = (): number => openSync(directory.join("scratch"), "wx+");

    const codes = await Promise.all(
      ["text", "cut.tar.gz", "missing"].map(async (name) => {
        const { code } = await errorOf(TarFile.open(directory.join(name), { signal, openScratch }));
        return code;
      }),
    );

    expect(codes).to.deep.equal(["IMAGE_MALFORMED", "IMAGE_MALFORMED", "CONTEXT_UNREADABLE"]);
  });
});
