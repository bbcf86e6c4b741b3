import { type ImageError, malformed } from "../errors/image-error.ts";
import { createHashFor, type Digest, matchesDigest } from "./digest.ts";

/** What bytes have to be. */
export interface ExpectedContent {
  readonly digest: Digest;
  /** Length in bytes. */
  readonly size: number;
}

/**
 * Passes `source` on, and fails at its end, or as soon as it is too long, when it is not what is
 * expected.
 *
 * @yields the chunks of `source`.
 * @throws IMAGE_MALFORMED
 */
export async function* verified(
  source: AsyncIterable<Uint8Array>,
  expected: ExpectedContent,
): AsyncGenerator<Uint8Array> {
  const hash = createHashFor(expected.digest);
  let size = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    size += chunk.length;
    if (size > expected.size) throw different(expected);
    yield chunk;
  }
  if (size !== expected.size || !matchesDigest(hash, expected.digest)) throw different(expected);
}

function different({ digest }: ExpectedContent): ImageError {
  return malformed(`the content of ${digest} is not what its digest says`);
}
