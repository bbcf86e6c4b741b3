import { Readable } from "node:stream";
import { ContextError } from "../errors/context-error.ts";
import { malformed } from "../errors/image-error.ts";

/** What the decoder answers when data is sound, but asks for more than it can do (xz-embedded's `xz_ret`). */
const tooMuch = /error code [2346]$/;

/**
 * Decompresses all streams in `source`.
 *
 * @yields uncompressed chunks.
 * @throws IMAGE_MALFORMED when the data is damaged or cut off.
 * @throws CONTEXT_UNREADABLE when it uses what xz does only when told to: filters, SHA-256 as
 *   checksum, dictionaries of more than 64 MiB. Errors of the source pass unchanged.
 */
export async function* decompressXz(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // WebAssembly inside, which most builds need not compile.
  const { default: xz } = await import("xz-decompress");
  let sourceFailure: Error | undefined;
  const bytes = Readable.from(source, { objectMode: false });
  bytes.once("error", (error: Error) => {
    sourceFailure = error;
  });
  try {
    yield* new xz.XzReadableStream(Readable.toWeb(bytes));
  } catch (error) {
    if (sourceFailure !== undefined) throw sourceFailure;
    if (!(error instanceof Error) || !tooMuch.test(error.message)) {
      throw malformed("xz data is damaged or cut off", { cause: error });
    }
    throw new ContextError(
      "CONTEXT_UNREADABLE",
      "xz data has a filter, a checksum or a dictionary that slipway cannot handle",
      { hint: "Compress it anew with xz -9 and no further options", cause: error },
    );
  } finally {
    bytes.destroy();
  }
}
