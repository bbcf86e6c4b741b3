/**
 * The bytes of one file, read once from the first to the last. Iteration yields exactly `size`
 * bytes or throws.
 */
export interface FileBody extends AsyncIterable<Uint8Array> {
  /** Length in bytes. */
  readonly size: number;
  /** All bytes, where they are in memory already; so it is for small files from any source. */
  readonly whole: Uint8Array | undefined;
}

/** Files up to this size (bytes) are read in one piece. */
export const smallFile = 64 * 1024;

/** A body that is in memory. */
export function bodyOf(bytes: Uint8Array): FileBody {
  return new WholeBody(bytes);
}

/** All bytes of `body`, in memory of their own. The caller has checked that `size` is reasonable. */
export async function readBody(body: FileBody): Promise<Buffer> {
  if (body.whole !== undefined) return Buffer.from(body.whole);
  const bytes = Buffer.allocUnsafe(body.size);
  let at = 0;
  for await (const chunk of body) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

class WholeBody implements FileBody {
  readonly whole: Uint8Array;

  constructor(whole: Uint8Array) {
    this.whole = whole;
  }

  get size(): number {
    return this.whole.length;
  }

  // oxlint-disable-next-line typescript/require-await -- bodies are asynchronous, this one is not
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.whole.length > 0) yield this.whole;
  }
}
