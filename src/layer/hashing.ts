import type { Hash } from "node:crypto";

/**
 * Passes `source` on unchanged and adds its bytes to `hash`.
 *
 * @yields the chunks of `source`.
 */
export async function* hashing<T extends Uint8Array>(
  source: AsyncIterable<T>,
  hash: Hash,
): AsyncGenerator<T> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}
