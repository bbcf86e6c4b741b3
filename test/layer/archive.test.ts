import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { readArchive } from "../../src/layer/archive.ts";
import { Contents } from "../../src/layer/contents.ts";
import { errorOf } from "../support/error-of.ts";
import { type RawTarEntry, rawTar } from "../support/raw-tar.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { file } from "../support/tree.ts";

/** A file with these bytes. */
function holding(bytes: Buffer): ReturnType<typeof file> {
  return { ...file(""), size: bytes.length, content: { kind: "inline", bytes } };
}

describe("layer/archive", () => {
  let temporary: TemporaryDirectory;
  let contents: Contents;

  beforeEach(async () => {
    temporary = await makeTemporaryDirectory();
    contents = new Contents(temporary.path);
  });

  afterEach(async () => {
    await contents[Symbol.asyncDispose]();
    await temporary[Symbol.asyncDispose]();
  });

  it("tells members in their order, and reads their contents when they are needed", async () => {
    const tar = rawTar([
      { name: "d/", type: "5" },
      { name: "d/f", type: "0", body: "text" },
      { name: "d/empty", type: "0" },
      { name: "l", type: "2", link: "d" },
      { name: "h", type: "1", link: "d/f" },
    ]);

    const entries = (await readArchive(holding(gzipSync(tar)), contents)) ?? [];

    expect(entries.map(({ kind, path }) => `${kind} ${path}`)).to.deep.equal([
      "put d",
      "put d/f",
      "put d/empty",
      "put l",
      "link h",
    ]);
    const [, member] = entries;
    if (member?.kind !== "put" || member.node.type !== "file") throw new Error("no file");
    const body = Buffer.concat(await Array.fromAsync(await contents.open(member.node)));
    expect(body.toString()).to.equal("text");
  });

  const names: readonly [name: string, path: string][] = [
    ["../../etc/passwd", "etc/passwd"],
    ["/abs", "abs"],
    ["a/../../b", "b"],
    ["./c//d/", "c/d"],
    [".wh.x", ".wh.x"],
  ];
  for (const [name, path] of names) {
    it(`takes the name ${name} for ${path}`, async () => {
      const archive = holding(rawTar([{ name, type: "0" }]));

      expect((await readArchive(archive, contents))?.[0]?.path).to.equal(path);
    });
  }

  it("keeps the target of a hard link below the root", async () => {
    const archive = holding(rawTar([{ name: "h", type: "1", link: "../../x" }]));

    const [entry] = (await readArchive(archive, contents)) ?? [];

    expect(entry).to.deep.equal({ kind: "link", path: "h", target: "x" });
  });

  const others: readonly [name: string, bytes: Buffer][] = [
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("text\n".repeat(500))],
    ["compressed text", gzipSync("text\n".repeat(500))],
    ["an archive without members", rawTar([])],
    ["compressed data that is damaged at once", Buffer.from("1f8b0800ffff", "hex")],
    ["a first header that is damaged", rawTar([{ name: "x", type: "0" }]).fill(1, 140, 150)],
  ];
  for (const [name, bytes] of others) {
    it(`takes ${name} for no archive`, async () => {
      expect(await readArchive(holding(bytes), contents)).to.equal(undefined);
    });
  }

  const damaged: readonly [name: string, members: readonly RawTarEntry[], length: number][] = [
    [
      "cut off in a later header",
      [
        { name: "x", type: "0" },
        { name: "y", type: "0" },
      ],
      700,
    ],
    [
      "cut off in a content",
      [
        { name: "x", type: "0" },
        { name: "y", type: "0", body: "b" },
      ],
      1024,
    ],
  ];
  for (const [name, members, length] of damaged) {
    it(`refuses an archive that is ${name}`, async () => {
      const archive = holding(rawTar(members).subarray(0, length));

      expect((await errorOf(readArchive(archive, contents))).code).to.equal("IMAGE_MALFORMED");
    });
  }
});
