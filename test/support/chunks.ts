/**
 * `bytes` as a stream would bring them.
 *
 * @yields chunks of the lengths `cuts`, and then the rest.
 */
export async function* inChunks(
  bytes: Buffer,
  cuts: readonly number[] = [],
): AsyncGenerator<Buffer> {
  let at = 0;
  for (const length of cuts) {
    yield await Promise.resolve(bytes.subarray(at, at + length));
    at += length;
  }
  if (at < bytes.length) yield bytes.subarray(at);
}

/** All chunks of `source` in one piece. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source));
}
