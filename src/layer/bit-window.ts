import { malformed } from "../errors/image-error.ts";
import { ByteReader } from "./byte-reader.ts";

/**
 * Reads bits, most significant first, from bytes that are loaded ahead: loading waits for the
 * source, reading does not.
 */
export class BitWindow {
  readonly #source: ByteReader;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** The `#count` bits that come next, at the low end: what is left of the last byte. */
  #bits = 0;
  #count = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = new ByteReader(source);
  }

  /** Makes `count` bytes available, or all that are left. Returns how many there are. */
  async load(count: number): Promise<number> {
    const rest = this.#bytes.subarray(this.#at);
    if (rest.length < count) {
      this.#bytes = Buffer.concat([rest, await this.#source.take(count - rest.length)]);
      this.#at = 0;
    }
    return this.#bytes.length - this.#at;
  }

  /**
   * The next `width` bits as a number, at most 24.
   *
   * @throws IMAGE_MALFORMED when there are not as many.
   */
  read(width: number): number {
    while (this.#count < width) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw malformed("bzip2 data is damaged or cut off");
      this.#at += 1;
      this.#bits = ((this.#bits << 8) | byte) & 0x7fffffff;
      this.#count += 8;
    }
    this.#count -= width;
    return (this.#bits >>> this.#count) & ((1 << width) - 1);
  }

  /** Drops the bits up to the next byte. */
  align(): void {
    this.#count = 0;
  }

  /** Ends the source. */
  async close(): Promise<void> {
    await this.#source.close();
  }
}
