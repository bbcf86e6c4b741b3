/** What a bounded read came to: all the bytes, or the news that there are more than allowed. */
export type BoundedRead =
  | { readonly kind: "complete"; readonly bytes: Buffer }
  | { readonly kind: "too-long" };

/** Reads `stream` into memory, at most `limitBytes` of it; a longer one is closed early. */
export async function readBounded(
  stream: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<BoundedRead> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > limitBytes) return { kind: "too-long" };
    chunks.push(chunk);
  }
  return { kind: "complete", bytes: Buffer.concat(chunks, length) };
}
