import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import { expect } from "chai";
import * as fc from "fast-check";
import { decompress, sniffCompression } from "../../src/layer/compression.ts";
import { collect, inChunks } from "../support/chunks.ts";
import { outputOf } from "../support/command.ts";
import { errorOf } from "../support/error-of.ts";

/** A zstd frame that decompressors have to skip. */
const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
const random = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * index) >> 7));
const half = 150_000;
const bzip2 = (bytes: Buffer): Buffer => outputOf(["bzip2", "-c"], bytes);
const xz = (bytes: Buffer): Buffer => outputOf(["xz", "-c"], bytes);

/** Ends an eStargz layer: a gzip member of nothing whose extra field says where the table of contents is. */
const eStargzFooter = Buffer.concat([
  Buffer.from("1f8b08040000000000ff", "hex"),
  Buffer.from("\x1a\x00SG\x16\x0000000000000004e2STARGZ"),
  Buffer.from("010000ffff0000000000000000", "hex"),
]);
const zstdFrame = (bytes: Buffer): Buffer => zstdCompressSync(bytes);
/** Ends a zstd:chunked layer: its table of contents and where that is, in frames to be skipped. */
const chunkedFooter = Buffer.concat([
  inSkippable(zstdFrame(random)),
  inSkippable(Buffer.alloc(64)),
]);

function inSkippable(bytes: Buffer): Buffer {
  const header = Buffer.from("502a4d1800000000", "hex");
  header.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

const withChecksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };

describe("layer/compression", () => {
  const magics: [bytes: Buffer, compression: string][] = [
    [gzipSync("x"), "gzip"],
    [zstdCompressSync("x"), "zstd"],
    [skippable, "zstd"],
    [Buffer.from("BZh91AY&SY"), "bzip2"],
    [Buffer.from("fd377a585a0000", "hex"), "xz"],
    [Buffer.from("etc/passwd"), "none"],
    [Buffer.alloc(0), "none"],
  ];
  for (const [bytes, compression] of magics) {
    it(`takes ${bytes.toString("hex", 0, 6)} for ${compression}`, () => {
      expect(sniffCompression(bytes)).to.equal(compression);
    });
  }

  const parts = [random.subarray(0, half), Buffer.alloc(0), random.subarray(half)];
  const repeated = Buffer.alloc(1_000_000, "same");
  const cases: [name: string, stored: Buffer, expected: Buffer][] = [
    ["plain bytes", random, random],
    ["nothing", Buffer.alloc(0), Buffer.alloc(0)],
    ["fewer bytes than are sniffed", Buffer.from("abc"), Buffer.from("abc")],
    ["gzip", gzipSync(random), random],
    ["several gzip members", Buffer.concat(parts.map((part) => gzipSync(part))), random],
    ["gzip with zero padding", Buffer.concat([gzipSync(random), Buffer.alloc(100)]), random],
    [
      "eStargz, which is gzip",
      Buffer.concat([...parts.map((part) => gzipSync(part)), eStargzFooter]),
      random,
    ],
    [
      "zstd:chunked, which is zstd",
      Buffer.concat([...parts.map((part) => zstdFrame(part)), chunkedFooter]),
      random,
    ],
    ["zstd", zstdCompressSync(random), random],
    ["several zstd frames", Buffer.concat(parts.map((part) => zstdCompressSync(part))), random],
    ["zstd with a checksum", zstdCompressSync(random, withChecksum), random],
    ["bzip2", bzip2(random), random],
    ["several bzip2 streams", Buffer.concat(parts.map((part) => bzip2(part))), random],
    ["xz", xz(random), random],
    ["several xz streams", Buffer.concat(parts.map((part) => xz(part))), random],
    ["repeated bytes", zstdCompressSync(repeated), repeated],
    [
      "zstd frames between frames to be skipped",
      Buffer.concat([skippable, zstdCompressSync(random), skippable, skippable]),
      random,
    ],
  ];
  for (const [name, stored, expected] of cases) {
    it(`decompresses ${name}, however it is cut`, async () => {
      expect((await collect(decompress(inChunks(stored)))).equals(expected)).to.equal(true);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(40_000), { maxLength: 12 }), async (cuts) => {
          const result = await collect(decompress(inChunks(stored, cuts)));
          expect(result.equals(expected)).to.equal(true);
        }),
        { numRuns: 10 },
      );
    });
  }

  const broken = Buffer.from(gzipSync(random));
  broken[5000] = (broken[5000] ?? 0) ^ 0xff;
  const brokenZstd = Buffer.from(zstdCompressSync(random, withChecksum));
  brokenZstd[5000] = (brokenZstd[5000] ?? 0) ^ 0xff;
  const faults: [name: string, stored: Buffer][] = [
    ["gzip that is cut off", gzipSync(random).subarray(0, -1)],
    ["gzip that is cut off in its header", gzipSync(random).subarray(0, 7)],
    [
      "gzip that is cut off in a later member",
      Buffer.concat([gzipSync("a"), gzipSync("b")]).subarray(0, -9),
    ],
    ["gzip that is damaged", broken],
    ["gzip with garbage behind it", Buffer.concat([gzipSync(random), Buffer.from("garbage")])],
    ["zstd that is cut off", zstdCompressSync(random).subarray(0, -1)],
    [
      "zstd that is cut off in a later frame",
      Buffer.concat([zstdCompressSync("a"), zstdCompressSync("b")]).subarray(0, -3),
    ],
    [
      "zstd that is cut off in a frame to be skipped",
      Buffer.concat([zstdCompressSync("a"), skippable.subarray(0, -1)]),
    ],
    ["zstd that is damaged", brokenZstd],
    [
      "zstd with garbage behind it",
      Buffer.concat([zstdCompressSync(random), Buffer.from("garbage")]),
    ],
    ["xz that is cut off in its header", Buffer.from("fd377a585a0000", "hex")],
    ["bzip2 that is cut off in its header", Buffer.from("BZh91AY&SY")],
  ];
  for (const [name, stored] of faults) {
    it(`refuses ${name}`, async () => {
      const error = await errorOf(collect(decompress(inChunks(stored, [1000]))));

      expect(error.code).to.equal("IMAGE_MALFORMED");
    });
  }

  for (const [name, stored] of [
    ["gzip", gzipSync(random)],
    ["zstd", zstdCompressSync(random)],
    ["bzip2", bzip2(random)],
    ["xz", xz(random)],
    ["plain", random],
  ] as const) {
    it(`passes errors of a ${name} source unchanged`, async () => {
      const failure = new Error("network");
      async function* source(): AsyncGenerator<Buffer> {
        yield* inChunks(stored.subarray(0, stored.length >> 1));
        throw failure;
      }

      const error: unknown = await collect(decompress(source())).catch((reason: unknown) => reason);

      expect(error).to.equal(failure);
    });

    it(`ends a ${name} source when it is left early`, async () => {
      let isEnded = false;
      async function* source(): AsyncGenerator<Buffer> {
        try {
          for (let count = 0; count < 100; count += 1) yield* inChunks(stored);
        } finally {
          isEnded = true;
        }
      }

      for await (const _ of decompress(source())) break;

      expect(isEnded).to.equal(true);
    });
  }
});
