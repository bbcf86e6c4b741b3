import { expect } from "chai";
import * as fc from "fast-check";
import { decodeName } from "../../src/filetree/name.ts";
import { formatHeader, type TarHeader } from "../../src/layer/tar-header.ts";
import { readTar } from "../../src/layer/tar-reader.ts";
import { inChunks } from "../support/chunks.ts";
import { errorOf } from "../support/error-of.ts";

const plain: TarHeader = {
  type: "file",
  name: "etc/hostname",
  linkName: "",
  size: 0,
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: { seconds: 1_577_934_245, nanoseconds: 0 },
  major: 0,
  minor: 0,
};

async function readHeader(bytes: Buffer): Promise<TarHeader> {
  for await (const { header } of readTar(inChunks(bytes))) return header;
  throw new Error("there was no entry");
}

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 300, unit: fc.constantFrom("a", "b", "é", "😀", " ", "/") }),
  fc.uint8Array({ minLength: 1, maxLength: 200, min: 1 }).map(decodeName),
);

const headers: fc.Arbitrary<TarHeader> = fc
  .record({
    type: fc.constantFrom("file", "directory", "symlink", "link", "character", "block", "fifo"),
    name: text,
    linkName: text,
    mode: fc.nat(0o7777),
    uid: fc.integer({ min: 0, max: 0xffff_ffff }),
    gid: fc.integer({ min: 0, max: 0xffff_ffff }),
    seconds: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    major: fc.nat(0xfff),
    minor: fc.nat(0xf_ffff),
    xattr: fc.option(fc.uint8Array(), { nil: undefined }),
  } as const)
  .map(({ seconds, xattr, type, linkName, major, minor, ...rest }) => ({
    ...rest,
    type,
    size: 0,
    linkName: type === "symlink" || type === "link" ? linkName : "",
    major: type === "character" || type === "block" ? major : 0,
    minor: type === "character" || type === "block" ? minor : 0,
    mtime: { seconds, nanoseconds: 0 },
    ...(xattr === undefined ? {} : { xattrs: new Map([["security.capability", xattr]]) }),
  }));

describe("layer/tar-header", () => {
  it("reads what it has written", async () => {
    await fc.assert(
      fc.asyncProperty(headers, async (header) => {
        const read = await readHeader(formatHeader(header));

        expect(comparable(read)).to.deep.equal(comparable(header));
      }),
      { numRuns: 300 },
    );
  });

  it("writes one POSIX block without names of users where everything fits", () => {
    const bytes = formatHeader(plain);

    expect(bytes.length).to.equal(512);
    expect(bytes.toString("latin1").replace(/\0+/g, "|")).to.equal(
      "etc/hostname|0000644|0000000|0000000|00000000000|13603256645|011560| 0" +
        "|ustar|00|0000000|0000000|",
    );
  });

  it("cuts the time to whole seconds", async () => {
    const header = { ...plain, mtime: { seconds: 5, nanoseconds: 999_999_999 } };

    expect((await readHeader(formatHeader(header))).mtime).to.deep.equal({
      seconds: 5,
      nanoseconds: 0,
    });
  });

  const extended: [name: string, change: Partial<TarHeader>, record: string][] = [
    ["a name of more than 100 bytes", { name: "n".repeat(101) }, "path="],
    ["a name that is not ASCII", { name: "é" }, "path=é"],
    ["a long link target", { type: "symlink", linkName: "t".repeat(101) }, "linkpath="],
    ["a size from 8 GiB on", { size: 8 ** 11 }, "size=8589934592"],
    ["a user from 2^21 on", { uid: 2 ** 21 }, "uid=2097152"],
    ["a group from 2^21 on", { gid: 2 ** 21 }, "gid=2097152"],
    ["a time before 1970", { mtime: { seconds: -1, nanoseconds: 0 } }, "mtime=-1"],
    [
      "an extended attribute",
      { xattrs: new Map([["security.capability", Buffer.from([1, 0, 10, 0xff])]]) },
      "SCHILY.xattr.security.capability=\u0001\0\n",
    ],
  ];
  for (const [name, change, record] of extended) {
    it(`needs a pax header for ${name}`, () => {
      const bytes = formatHeader({ ...plain, ...change });

      expect(bytes.length).to.equal(3 * 512);
      expect(bytes.subarray(512, 1024).toString()).to.contain(record);
    });
  }

  for (const change of [
    { name: "n".repeat(100) },
    { size: 8 ** 11 - 1 },
    { uid: 2 ** 21 - 1, gid: 2 ** 21 - 1 },
  ]) {
    it(`needs no pax header for ${JSON.stringify(change).slice(0, 40)}`, () => {
      expect(formatHeader({ ...plain, ...change }).length).to.equal(512);
    });
  }

  it("gives an 8 GiB size back", async () => {
    const bytes = formatHeader({ ...plain, size: 12 * 1024 ** 3 });

    expect((await readHeader(bytes)).size).to.equal(12 * 1024 ** 3);
  });

  it("refuses a block whose checksum is wrong", async () => {
    const bytes = formatHeader(plain);
    bytes.write("X", 0);

    const error = await errorOf(readHeader(bytes));

    expect(error.code).to.equal("IMAGE_MALFORMED");
    expect(error.message).to.contain("checksum");
  });
});

function comparable({ xattrs, ...header }: TarHeader): object {
  const value = xattrs?.get("security.capability");
  return { ...header, xattr: value && Buffer.from(value).toString("hex") };
}
