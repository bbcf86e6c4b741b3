import { pipeline, type Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { malformed } from "../errors/image-error.ts";
import { ByteReader } from "./byte-reader.ts";
import { decompressBzip2 } from "./bzip2.ts";
import { decompressXz } from "./xz.ts";
import { zstdFrames } from "./zstd-frames.ts";

/** How bytes are compressed, as far as their beginning tells. */
export type Compression = "none" | "gzip" | "zstd" | "bzip2" | "xz";

/** Bytes that are decompressed at a time. */
const chunkBytes = 256 * 1024;

/** How many bytes `sniffCompression` looks at. */
const sniffedBytes = 6;

/** Zstd data may begin with a frame to be skipped; sixteen numbers mean one. */
const skippable = Array.from({ length: 16 }, (_, low) => String.fromCharCode(0x50 + low));

const magics: readonly (readonly [Compression, string])[] = [
  ["gzip", "\x1f\x8b\x08"],
  ["zstd", "\x28\xb5\x2f\xfd"],
  ["bzip2", "BZh"],
  ["xz", "\xfd7zXZ\0"],
  ...skippable.map((first) => ["zstd", `${first}\x2a\x4d\x18`] as const),
];

/** Tells by the first bytes how data is compressed; media types are not to be trusted. */
export function sniffCompression(head: Uint8Array): Compression {
  const start = Buffer.from(head.subarray(0, sniffedBytes)).toString("latin1");
  return magics.find(([, magic]) => start.startsWith(magic))?.[0] ?? "none";
}

/**
 * Decompresses gzip (all members), zstd (all frames), bzip2 and xz (all streams), told by content;
 * other bytes pass as they are. How much may come out is for the caller to limit.
 *
 * @yields uncompressed chunks.
 * @throws IMAGE_MALFORMED when the data is damaged or cut off.
 * @throws CONTEXT_UNREADABLE for xz data of a rare kind. Errors of the source pass unchanged.
 */
export async function* decompress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = new ByteReader(source);
  try {
    const head = await bytes.take(sniffedBytes);
    const all = bytes.startingWith(head, chunkBytes);
    switch (sniffCompression(head)) {
      case "none":
        yield* all;
        break;
      case "gzip":
        yield* through(all, createGunzip({ chunkSize: chunkBytes }));
        break;
      case "zstd":
        yield* through(zstdFrames(all), createZstdDecompress({ chunkSize: chunkBytes }));
        break;
      case "bzip2":
        yield* decompressBzip2(all);
        break;
      case "xz":
        yield* decompressXz(all);
        break;
    }
  } finally {
    await bytes.close();
  }
}

async function* through(
  source: AsyncIterable<Uint8Array>,
  engine: Transform,
): AsyncGenerator<Uint8Array> {
  // A failure of either side destroys the engine with that error, which its iteration throws.
  pipeline(source, engine, () => undefined);
  try {
    for await (const chunk of engine) yield chunk as Uint8Array;
  } catch (error) {
    if (!isCodecError(error)) throw error;
    throw malformed("compressed data is damaged or cut off", { cause: error });
  } finally {
    engine.destroy();
  }
}

/** Errors of zlib carry the name of its own error code. */
function isCodecError(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^Z(STD)?_/.test(String(error.code));
}
