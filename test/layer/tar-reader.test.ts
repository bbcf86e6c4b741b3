import { link, mkdir, open, symlink, utimes, writeFile } from "node:fs/promises";
import { expect } from "chai";
import * as fc from "fast-check";
import * as tar from "tar";
import { readBody } from "../../src/layer/file-body.ts";
import { formatPaxRecords } from "../../src/layer/pax.ts";
import { formatTarBlock } from "../../src/layer/tar-block.ts";
import { formatHeader, paddingAfter, type TarHeader } from "../../src/layer/tar-header.ts";
import { readTar, type TarLimits } from "../../src/layer/tar-reader.ts";
import { collect, inChunks } from "../support/chunks.ts";
import { outputOf } from "../support/command.ts";
import { errorOf } from "../support/error-of.ts";
import { rawTar } from "../support/raw-tar.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

interface Member extends Pick<TarHeader, "type" | "name" | "linkName" | "mode" | "size"> {
  readonly content: Buffer;
}

async function members(source: AsyncIterable<Uint8Array>, limits?: TarLimits): Promise<Member[]> {
  const all: Member[] = [];
  for await (const { header, body } of readTar(source, limits)) {
    const { type, name, linkName, mode, size } = header;
    all.push({ type, name, linkName, mode, size, content: await readBody(body) });
  }
  return all;
}

/** A header block of the type `typeflag` and what follows it. */
function extension(typeflag: string, content: Buffer): Buffer {
  const none = Buffer.alloc(0);
  const numbers = { mode: 0, uid: 0, gid: 0, mtime: 0, major: 0, minor: 0 };
  const block = formatTarBlock({
    ...numbers,
    typeflag,
    name: none,
    linkName: none,
    size: content.length,
  });
  return Buffer.concat([block, content, Buffer.alloc(paddingAfter(content.length))]);
}

const global = (uid: string): Buffer =>
  extension("g", formatPaxRecords(new Map([["uid", Buffer.from(uid)]])));

function pax(records: Record<string, string>): Buffer {
  return extension(
    "x",
    formatPaxRecords(new Map(Object.entries(records).map(([k, v]) => [k, Buffer.from(v)]))),
  );
}

describe("layer/tar-reader", () => {
  let directory: TemporaryDirectory;
  const longName = `${"long".repeat(30)}/${"name".repeat(30)}`;
  const large = Buffer.from("0123456789abcdef".repeat(20_000));

  before(async () => {
    directory = await makeTemporaryDirectory();
    const root = directory.join("root");
    await mkdir(directory.join("root", "long".repeat(30)), { recursive: true });
    await writeFile(directory.join("root", "empty"), "");
    await writeFile(directory.join("root", "large"), large, { mode: 0o755 });
    await writeFile(directory.join("root", longName), "long");
    await symlink(longName, directory.join("root", "symlink"));
    await link(directory.join("root", "large"), directory.join("root", "link"));
    outputOf(["mkfifo", "-m", "600", `${root}/fifo`]);
    await mkdir(directory.join("root", "sub", "name".repeat(24)), { recursive: true });
    await writeFile(directory.join("root", "sub", "name".repeat(24), "file"), "");
    const sparse = await open(directory.join("root", "sparse"), "w");
    for (const at of [100_000, 900_000, 2_500_000]) await sparse.write("data", at);
    await sparse.truncate(3_000_000);
    await sparse.close();
    await utimes(directory.join("root", "large"), 1_577_934_245, 1_577_934_245);
  });

  /** What GNU tar prints in the directory. */
  const tarOf = (args: readonly string[]): Buffer =>
    outputOf(["tar", "-C", directory.join("root"), ...args]);

  after(() => directory[Symbol.asyncDispose]());

  const everything = ["empty", "large", "link", "symlink", "fifo", longName];

  for (const format of ["oldgnu", "gnu", "pax"]) {
    it(`reads what GNU tar writes in the format ${format}`, async () => {
      const archive = tarOf([`--format=${format}`, "-c", ...everything]);

      const read = await members(inChunks(archive));

      expect(read.map(({ type, name }) => [type, name])).to.deep.equal([
        ["file", "empty"],
        ["file", "large"],
        ["link", "link"],
        ["symlink", "symlink"],
        ["fifo", "fifo"],
        ["file", longName],
      ]);
      expect(read[1]?.content.equals(large)).to.equal(true);
      expect(read[1]?.mode).to.equal(0o755);
      expect(read[2]?.linkName).to.equal("large");
      expect(read[3]?.linkName).to.equal(longName);
      expect(read[5]?.content.toString()).to.equal("long");
    });
  }

  for (const format of ["v7", "ustar"]) {
    it(`reads what GNU tar writes in the format ${format}`, async () => {
      const archive = tarOf([`--format=${format}`, "-c", "empty", "large"]);

      const read = await members(inChunks(archive));

      expect(read.map(({ name, size }) => [name, size])).to.deep.equal([
        ["empty", 0],
        ["large", large.length],
      ]);
    });
  }

  it("joins the two name fields of ustar", async () => {
    const archive = tarOf(["--format=ustar", "-c", "sub"]);

    const read = await members(inChunks(archive));

    expect(read.map(({ name }) => name)).to.deep.equal([
      "sub/",
      `sub/${"name".repeat(24)}/`,
      `sub/${"name".repeat(24)}/file`,
    ]);
  });

  for (const format of [
    ["--format=gnu"],
    ["--format=pax", "--sparse-version=0.1"],
    ["--format=pax", "--sparse-version=1.0"],
  ]) {
    it(`reads sparse files that GNU tar writes with ${format.join(" ")}`, async () => {
      const archive = tarOf(["-S", ...format, "-c", "sparse", "empty"]);
      expect(archive.length).to.be.lessThan(200_000);

      const read = await members(
        inChunks(
          archive,
          Array.from({ length: 50 }, () => 1000),
        ),
      );

      const expected = Buffer.alloc(3_000_000);
      for (const at of [100_000, 900_000, 2_500_000]) expected.write("data", at);
      expect(read.map(({ name }) => name)).to.deep.equal(["sparse", "empty"]);
      expect(read[0]?.size).to.equal(3_000_000);
      expect(read[0]?.content.equals(expected)).to.equal(true);
    });
  }

  it("refuses the sparse format 0.0, which no program writes unless told to", async () => {
    const archive = tarOf(["-S", "--format=pax", "--sparse-version=0.0", "-c", "sparse"]);

    const error = await errorOf(members(inChunks(archive)));

    expect(error.code).to.equal("IMAGE_MALFORMED");
    expect(error.message).to.contain("sparse");
  });

  it("reads what the npm package tar writes", async () => {
    const file = directory.join("npm.tar");
    await tar.create({ cwd: directory.join("root"), file, portable: true }, everything.slice(0, 4));

    const read = await members(inChunks(outputOf(["cat", file])));

    expect(read.map(({ type, name, size }) => [type, name, size])).to.deep.equal([
      ["file", "empty", 0],
      ["file", "large", large.length],
      ["link", "link", 0],
      ["symlink", "symlink", 0],
    ]);
  });

  it("reads the same however the archive is cut into chunks", async () => {
    const archive = tarOf(["-c", ...everything]);
    const expected = await members(inChunks(archive));
    const lengths = fc.array(fc.oneof(fc.nat(600), fc.nat(100_000)), { maxLength: 40 });

    await fc.assert(
      fc.asyncProperty(lengths, async (cuts) => {
        expect(await members(inChunks(archive, cuts))).to.deep.equal(expected);
      }),
      { numRuns: 30 },
    );
  });

  it("tells where contents are, and skips those that are not read", async () => {
    const archive = rawTar([
      { name: "a", type: "0", body: "first" },
      { name: "b", type: "0", body: "second" },
    ]);

    const found: string[] = [];
    for await (const { header, offset } of readTar(inChunks(archive, [700, 3]))) {
      found.push(archive.toString("utf8", offset, offset + header.size));
    }

    expect(found).to.deep.equal(["first", "second"]);
  });

  it("reads the source to its end, but closes it when it is left early", async () => {
    const archive = Buffer.concat([rawTar([{ name: "a", type: "0" }]), Buffer.alloc(10_240)]);
    let ended = 0;
    async function* source(): AsyncGenerator<Buffer> {
      try {
        yield* inChunks(archive, [512, 512, 512, 100]);
      } finally {
        ended += 1;
      }
    }

    const reader = readTar(source());
    await reader.next();
    await reader.next();
    expect(ended).to.equal(1);
    for await (const _ of readTar(source())) break;

    expect(ended).to.equal(2);
  });

  it("reads an archive without end mark, and one without anything", async () => {
    const archive = rawTar([{ name: "a", type: "0" }]);

    expect(await members(inChunks(archive.subarray(0, 512)))).to.have.length(1);
    expect(await members(inChunks(Buffer.alloc(0)))).to.deep.equal([]);
    expect(await members(inChunks(Buffer.alloc(1024)))).to.deep.equal([]);
  });

  it("lets records of the entry win over global ones, and these over the header", async () => {
    const plain = rawTar([{ name: "a", type: "0" }]).subarray(0, 512);
    const archive = [global("7"), plain, pax({ uid: "8" }), plain, global("9"), plain];

    const uids: number[] = [];
    for await (const { header } of readTar(inChunks(Buffer.concat(archive)))) {
      uids.push(header.uid);
    }

    expect(uids).to.deep.equal([7, 8, 9]);
  });

  it("keeps fractions of seconds and binary attributes of pax records", async () => {
    const plain = rawTar([{ name: "a", type: "0" }]).subarray(0, 512);
    const records = pax({ mtime: "1.5", "SCHILY.xattr.user.x": "\0=\n\u0001" });

    for await (const { header } of readTar(inChunks(Buffer.concat([records, plain])))) {
      expect(header.mtime).to.deep.equal({ seconds: 1, nanoseconds: 500_000_000 });
      expect(Buffer.from(header.xattrs?.get("user.x") ?? "").toString()).to.equal("\0=\n\u0001");
    }
  });

  it("takes old directories by their slash", async () => {
    const read = await members(inChunks(rawTar([{ name: "a/", type: "\0" }])));

    expect(read[0]?.type).to.equal("directory");
  });

  it("takes no content from types that have none, whatever their size says", async () => {
    const archive = rawTar([
      { name: "a", type: "5", claimedSize: 5000 },
      { name: "b", type: "1", link: "a", claimedSize: 5000 },
      { name: "c", type: "0", body: "text" },
    ]);

    expect((await members(inChunks(archive))).map(({ name }) => name)).to.deep.equal([
      "a",
      "b",
      "c",
    ]);
  });

  describe("refuses", () => {
    const entry = rawTar([{ name: "some/file", type: "0", body: "x".repeat(100_000) }]);
    const short = rawTar([{ name: "some/file", type: "0", body: "x".repeat(1000) }]);
    const header = formatHeader({
      type: "file",
      name: "some/file",
      linkName: "",
      size: 5,
      mode: 0,
      uid: 0,
      gid: 0,
      mtime: { seconds: 0, nanoseconds: 0 },
      major: 0,
      minor: 0,
    });
    const cases: [name: string, archive: Buffer, part: string][] = [
      ["what is no archive", Buffer.from("not a tar archive".repeat(100)), "tar header"],
      ["an archive cut off in a header", entry.subarray(0, 300), "cut off"],
      ["an archive cut off in a large content", entry.subarray(0, 50_000), "cut off in some/file"],
      ["an archive cut off in a small content", short.subarray(0, 900), "cut off in some/file"],
      ["an archive cut off in padding", short.subarray(0, 1520), "cut off in some/file"],
      [
        "an entry behind a single zero block",
        Buffer.concat([Buffer.alloc(512), entry]),
        "end mark",
      ],
      ["a negative size", Buffer.concat([pax({ size: "-1" }), header]), "pax header"],
      ["an unknown type", rawTar([{ name: "odd", type: "D" }]), '"odd"'],
      ["a gigantic pax header", rawTar([{ name: "p", type: "x", claimedSize: 2 ** 30 }]), "longer"],
      ["a gigantic GNU name", rawTar([{ name: "p", type: "L", claimedSize: 2 ** 30 }]), "longer"],
      [
        "a name longer than a path",
        Buffer.concat([pax({ path: "p".repeat(5000) }), header]),
        "4096",
      ],
      ["a NUL in a name", Buffer.concat([pax({ path: "a\0b" }), header]), "NUL"],
      ["an owner that cannot be", Buffer.concat([pax({ uid: "4294967296" }), header]), "owner"],
      [
        "a sparse map that is not ordered",
        Buffer.concat([
          pax({ "GNU.sparse.map": "5,2,0,3", "GNU.sparse.size": "100" }),
          header,
          Buffer.alloc(512),
        ]),
        "sparse",
      ],
      [
        "a sparse map that says more than there is",
        Buffer.concat([
          pax({ "GNU.sparse.map": "0,6", "GNU.sparse.size": "100" }),
          header,
          Buffer.alloc(512),
        ]),
        "sparse",
      ],
    ];
    for (const [name, archive, part] of cases) {
      it(name, async () => {
        const error = await errorOf(collectNames(archive));

        expect(error.code).to.equal("IMAGE_MALFORMED");
        expect(error.message).to.contain(part);
      });
    }

    it("more entries than allowed", async () => {
      const archive = rawTar(["a", "b", "c"].map((name) => ({ name, type: "5" })));

      expect(await members(inChunks(archive), { maxEntries: 3 })).to.have.length(3);
      const error = await errorOf(members(inChunks(archive), { maxEntries: 2 }));

      expect(error.code).to.equal("IMAGE_MALFORMED");
      expect(error.message).to.contain("2 entries");
    });

    it("any damage with an error of its own, without hanging", async () => {
      const archive = tarOf(["--format=pax", "-S", "-c", "empty", "symlink", "sparse", longName]);
      const damage = fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { minLength: 1 });
      await fc.assert(
        fc.asyncProperty(damage, fc.nat(archive.length), async (changes, length) => {
          const damaged = Buffer.from(archive.subarray(0, length));
          for (const [at, value] of changes) if (at < length) damaged[at] = value;
          await collectNames(damaged).catch((error: unknown) => errorOf(Promise.reject(error)));
        }),
        { numRuns: 300 },
      );
    });
  });

  it("passes errors of the source unchanged", async () => {
    const failure = new Error("network");
    async function* source(): AsyncGenerator<Buffer> {
      yield* inChunks(rawTar([{ name: "a", type: "5" }]).subarray(0, 512));
      throw failure;
    }

    const error: unknown = await collectFrom(source()).catch((reason: unknown) => reason);

    expect(error).to.equal(failure);
  });
});

function collectNames(archive: Buffer): Promise<string[]> {
  return collectFrom(inChunks(archive));
}

async function collectFrom(source: AsyncIterable<Uint8Array>): Promise<string[]> {
  const names: string[] = [];
  for await (const { header, body } of readTar(source)) {
    if (header.size < 1e7) await collect(body);
    names.push(header.name);
  }
  return names;
}
