import { Readable } from "node:stream";
import { malformed } from "../errors/image-error.ts";
import type { UploadSource } from "./registry-client.ts";

/** Reads parts of a source. Parts that follow each other come from one reading; else it is opened again. */
export class SourceReader {
  readonly #source: UploadSource;
  /** The reading that the last part came from, where that was read to its end. */
  #kept: Reading | undefined;

  constructor(source: UploadSource) {
    this.#source = source;
  }

  /** Bytes from `start` on. What was given before must not be read any more. */
  part(start: number, length: number): Readable {
    return Readable.from(this.#take(start, length), { objectMode: false });
  }

  close(): void {
    this.#kept?.stream.destroy();
    this.#kept = undefined;
  }

  async *#take(start: number, length: number): AsyncGenerator<Uint8Array> {
    const reading = await this.#readingAt(start);
    let isWhole = false;
    try {
      const end = start + length;
      while (reading.position < end) {
        const piece = await this.#next(reading, end);
        if (piece.length > 0) yield piece;
      }
      isWhole = true;
    } finally {
      if (isWhole) this.#kept = reading;
      else reading.stream.destroy();
    }
  }

  async #readingAt(start: number): Promise<Reading> {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept?.position === start) return kept;
    kept?.stream.destroy();
    const stream = await this.#source.open();
    const pieces = (stream as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    const reading: Reading = { stream, pieces, rest: new Uint8Array(), position: 0 };
    while (reading.position < start) await this.#next(reading, start);
    return reading;
  }

  /** Some bytes before `end`. */
  async #next(reading: Reading, end: number): Promise<Uint8Array> {
    if (reading.rest.length === 0) {
      const next = await reading.pieces.next();
      if (next.done === true) {
        const { digest, size } = this.#source.descriptor;
        throw malformed(`${digest} ends after ${reading.position} of its ${size} bytes`);
      }
      reading.rest = next.value;
    }
    const piece = reading.rest.subarray(0, end - reading.position);
    reading.rest = reading.rest.subarray(piece.length);
    reading.position += piece.length;
    return piece;
  }
}

interface Reading {
  readonly stream: Readable;
  readonly pieces: AsyncIterator<Uint8Array, unknown>;
  /** What has come and not been taken. */
  rest: Uint8Array;
  /** How much has been taken. */
  position: number;
}
