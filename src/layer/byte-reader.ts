const nothing = new Uint8Array(0);

/** Takes an asynchronous sequence of chunks apart at any boundary, copying only where it must. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = nothing;
  #at = 0;
  #taken = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** How many bytes have been taken or skipped so far. */
  get offset(): number {
    return this.#taken;
  }

  /** The next `count` bytes in one piece, or all that are left where there are fewer. */
  async take(count: number): Promise<Uint8Array> {
    if (this.#available >= count || !(await this.#fill())) return this.#cut(count);
    if (this.#available >= count) return this.#cut(count);
    return this.#gather(count);
  }

  /** The next bytes as they come, at most `limit`; empty at the end. */
  async some(limit: number): Promise<Uint8Array> {
    if (this.#available === 0) await this.#fill();
    return this.#cut(limit);
  }

  /**
   * Everything once more from the start, where `head` is what was taken of it so far.
   *
   * @yields `head`, then the rest in pieces of at most `limit` bytes.
   */
  async *startingWith(head: Uint8Array, limit: number): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    for (;;) {
      const piece = await this.some(limit);
      if (piece.length === 0) return;
      yield piece;
    }
  }

  /** Skips `count` bytes; false where there are fewer. */
  async skip(count: number): Promise<boolean> {
    let left = count;
    while (left > 0) {
      const piece = await this.some(left);
      if (piece.length === 0) return false;
      left -= piece.length;
    }
    return true;
  }

  /** Ends the source. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  get #available(): number {
    return this.#chunk.length - this.#at;
  }

  /** Takes from the chunk at hand. */
  #cut(limit: number): Uint8Array {
    const piece = this.#chunk.subarray(this.#at, this.#at + limit);
    this.#at += piece.length;
    this.#taken += piece.length;
    return piece;
  }

  /** Makes the next chunk the one at hand if that is used up; false at the end. */
  async #fill(): Promise<boolean> {
    while (this.#available === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return false;
      this.#chunk = value;
      this.#at = 0;
    }
    return true;
  }

  async #gather(count: number): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(count);
    let length = 0;
    while (length < count) {
      const piece = await this.some(count - length);
      if (piece.length === 0) break;
      bytes.set(piece, length);
      length += piece.length;
    }
    return bytes.subarray(0, length);
  }
}
