import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect } from "chai";
import { type ArchiveLimits, defaultArchiveLimits } from "../../src/context/archive-limits.ts";
import { unpackArchive } from "../../src/context/unpack-archive.ts";
import { type Logger, silentLogger } from "../../src/log/logger.ts";
import { errorOf } from "../support/error-of.ts";
import { type RawTarEntry, rawTar } from "../support/raw-tar.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const run = promisify(execFile);

describe("context/unpack-archive", () => {
  let place: TemporaryDirectory;
  let warnings: unknown[];

  beforeEach(async () => {
    warnings = [];
    place = await makeTemporaryDirectory();
  });

  afterEach(() => place[Symbol.asyncDispose]());

  const log: Logger = { ...silentLogger, warn: (_message, fields) => void warnings.push(fields) };

  function unpack(
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    limits: Partial<ArchiveLimits> = {},
  ): Promise<void> {
    return unpackArchive({
      name: "the archive",
      content: asAsync(content),
      directory: place.join("context"),
      limits: { ...defaultArchiveLimits, ...limits },
      log,
    });
  }

  const unpackRaw = (entries: readonly RawTarEntry[]): Promise<void> => unpack([rawTar(entries)]);
  const names = async (): Promise<string[]> =>
    (await readdir(place.join("context"), { recursive: true })).toSorted();

  describe("of what Debian's tar writes", () => {
    const compressions = { plain: "", gzip: "-z", bzip2: "-j", xz: "-J", zstd: "--zstd" };
    for (const [name, option] of Object.entries(compressions)) {
      it(`unpacks files, links, modes and times: ${name}`, async () => {
        await mkdir(place.join("source/sub"), { recursive: true });
        await writeFile(place.join("source/sub/run"), "#!/bin/sh\n");
        await chmod(place.join("source/sub/run"), 0o755);
        await utimes(place.join("source/sub/run"), 1_600_000_000, 1_600_000_000);
        await symlink("sub/run", place.join("source/link"));
        await symlink("/etc/passwd", place.join("source/absolute"));
        const options = [option, "-cf", place.join("a"), "-C", place.join("source"), "."];
        await run(
          "tar",
          options.filter((each) => each !== ""),
        );

        await unpack(createReadStream(place.join("a")));

        expect(await names()).to.deep.equal(["absolute", "link", "sub", "sub/run"]);
        const status = await lstat(place.join("context/sub/run"));
        expect([status.mode & 0o7777, status.mtimeMs]).to.deep.equal([0o755, 1_600_000_000_000]);
        expect(await readlink(place.join("context/link"))).to.equal("sub/run");
        expect(await readlink(place.join("context/absolute"))).to.equal("/etc/passwd");
      });
    }
  });

  const hostile: Readonly<Record<string, readonly RawTarEntry[]>> = {
    "a name that leads out": [{ name: "../out", type: "0", body: "x" }],
    "a name that leads out on the way": [{ name: "a/../../out", type: "0", body: "x" }],
    "a hard link that leads out": [{ name: "a", type: "1", link: "../../etc/passwd" }],
    "a file through a link": [
      { name: "way", type: "2", link: "/tmp" },
      { name: "way/out", type: "0", body: "x" },
    ],
    "a link through a link": [
      { name: "way", type: "2", link: "/tmp" },
      { name: "way/out", type: "2", link: "x" },
    ],
    "a file through a link that leads up": [
      { name: "way", type: "2", link: ".." },
      { name: "way/out", type: "0", body: "x" },
    ],
  };
  for (const [title, entries] of Object.entries(hostile)) {
    it(`writes nothing outside for ${title}`, async () => {
      const error = await errorOf(unpackRaw(entries));

      expect(error.code).to.equal("CONTEXT_REFUSED");
      expect(error.message).to.include("the archive");
      expect(await readdir(place.path)).to.deep.equal(["context"]);
    });
  }

  it("keeps absolute names inside, and the last file of a name", async () => {
    await unpackRaw([
      { name: "/etc/motd", type: "0", body: "first" },
      { name: "etc/motd", type: "0", body: "last" },
    ]);

    expect(await readFile(place.join("context/etc/motd"), "utf8")).to.equal("last");
  });

  it("leaves devices and pipes out, and says so", async () => {
    await unpackRaw([
      { name: "null", type: "3" },
      { name: "pipe", type: "6" },
      { name: "file", type: "0", body: "x" },
    ]);

    expect(await names()).to.deep.equal(["file"]);
    expect(warnings).to.deep.equal([
      { archive: "the archive", path: "null", type: "CharacterDevice" },
      { archive: "the archive", path: "pipe", type: "FIFO" },
    ]);
  });

  it("refuses a name that is not UTF-8", async () => {
    const archive = rawTar([{ name: "a?", type: "0", body: "x" }]);
    archive[1] = 0xff;

    const error = await errorOf(unpack([withSum(archive)]));

    expect(error.code).to.equal("CONTEXT_REFUSED");
    expect(error.message).to.include("not UTF-8");
  });

  it("ends at a bomb: too many bytes, too many files, too good a ratio", async () => {
    const many = rawTar(
      Array.from({ length: 12 }, (_, at) => ({ name: `f${at}`, type: "0", body: "x".repeat(999) })),
    );
    const zeros = Buffer.alloc(300 * 2 ** 20);
    const bomb = zstdCompressSync(
      Buffer.concat([
        rawTar([{ name: "zeros", type: "0", claimedSize: zeros.length }]).subarray(0, 512),
        zeros,
      ]),
    );

    const errors = [
      await errorOf(unpack([many], { bytes: 10_000 })),
      await errorOf(unpack([many], { entries: 10 })),
      await errorOf(unpack([bomb], { ratio: 2000 })),
    ];

    expect(errors.map(({ code }) => code)).to.deep.equal(Array(3).fill("CONTEXT_REFUSED"));
    expect(errors.map(({ hint }) => hint)).to.deep.equal([
      "--context-max-bytes permits more",
      "--context-max-files permits more",
      "--context-max-ratio permits more",
    ]);
    expect(errors[2]?.message).to.include("more than 2000 times");
  });

  it("tells what is no archive from what is a damaged one", async () => {
    const archive = rawTar([{ name: "file", type: "0", body: "x".repeat(5000) }]);
    const compressed = gzipSync(archive);
    const broken = {
      "no archive": [Buffer.from("FROM scratch\n".repeat(100))],
      empty: [Buffer.alloc(0)],
      "only zeros": [Buffer.alloc(10240)],
      truncated: [archive.subarray(0, 2048)],
      "truncated gzip": [compressed.subarray(0, compressed.length - 10)],
    };

    const codes: string[] = [];
    for (const content of Object.values(broken)) codes.push((await errorOf(unpack(content))).code);

    expect(codes).to.deep.equal([
      ...Array<string>(3).fill("CONTEXT_REFUSED"),
      ...Array<string>(2).fill("CONTEXT_UNREADABLE"),
    ]);
  });

  it("passes on what fails while it reads", async () => {
    const failing = Readable.from([rawTar([{ name: "file", type: "0", body: "x" }])]);
    failing.destroy(new Error("the line is dead"));

    const failure = await unpack(failing).then(
      () => undefined,
      (error: unknown) => error,
    );

    expect(String(failure)).to.include("the line is dead");
  });
});

/** The archive with the right sum in its first header. */
function withSum(archive: Buffer): Buffer {
  archive.write(" ".repeat(8), 148);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return archive;
}

async function* asAsync(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* content;
}
