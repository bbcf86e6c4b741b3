/** Bytes in each block. */
const blockBytes = 256 * 1024;

/**
 * Blocks of memory that are used again. The collector of garbage frees a block long after its last use, so that a layer
 * would have a hundred of them waiting for it.
 */
export class BlockPool {
  readonly #free: Buffer[] = [];

  /** A block with any content. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
  }

  /** Says that nobody reads a block any more; it may be the first part of one. */
  giveBack(block: Buffer): void {
    this.#free.push(Buffer.from(block.buffer));
  }

  /**
   * For who is done with each block before asking for the next.
   *
   * @yields `blocks`, each valid until the next.
   */
  async *inTurn(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const block of blocks) {
      yield block;
      this.giveBack(block);
    }
  }
}
