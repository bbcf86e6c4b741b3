import { Readable } from "node:stream";

/** The other side stopped taking what is sent to it. */
class StalledUploadError extends Error {
  constructor(idleMs: number) {
    super(`nothing could be sent for ${Math.round(idleMs / 1000)} s`);
    this.name = "StalledUploadError";
  }
}

/**
 * Aborts a request whose body is not taken: undici limits the waits for an answer, but none of those
 * while it sends.
 */
export class StallWatch {
  /** Aborts when the body stalls, or the caller's own signal does. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #idleMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(idleMs: number, signal: AbortSignal | undefined) {
    this.#idleMs = idleMs;
    const own = this.#controller.signal;
    this.signal = signal === undefined ? own : AbortSignal.any([signal, own]);
  }

  /** Why this watch has aborted the request, if it has. */
  get failure(): unknown {
    return this.#controller.signal.reason;
  }

  /** The same bytes as `source`, watched. Destroying either destroys both. */
  watch(source: Readable): Readable {
    return Readable.from(this.#watched(source), { objectMode: false });
  }

  async *#watched(source: Readable): AsyncGenerator<Uint8Array> {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      this.#restart();
      yield chunk;
    }
    this.end();
  }

  #restart(): void {
    this.end();
    this.#timer = setTimeout(() => {
      this.#controller.abort(new StalledUploadError(this.#idleMs));
    }, this.#idleMs);
  }

  /** Stops watching. */
  end(): void {
    clearTimeout(this.#timer);
  }
}
