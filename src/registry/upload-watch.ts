import { Readable } from "node:stream";
import { BuilderError } from "../errors/builder-error.ts";
import { filesystemError } from "../errors/filesystem-error.ts";

/** The other side stopped taking what is sent to it. */
class StalledUploadError extends Error {
  constructor(idleMs: number) {
    super(`nothing could be sent for ${Math.round(idleMs / 1000)} s`);
    this.name = "StalledUploadError";
  }
}

/**
 * Watches the body of one request. It aborts the request when the body is not taken, where undici
 * waits as long as for the answer, and it keeps faults of the body apart from those of the connection.
 */
export class UploadWatch {
  /** Aborts when the body stalls, or the caller's own signal does. */
  readonly signal: AbortSignal;
  readonly #stalled = new AbortController();
  readonly #idleMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #sourceFailure: BuilderError | undefined;

  constructor(idleMs: number, signal: AbortSignal | undefined) {
    this.#idleMs = idleMs;
    const own = this.#stalled.signal;
    this.signal = signal === undefined ? own : AbortSignal.any([signal, own]);
  }

  /** Why the request failed, where that was not the connection: the body's own error, or that it stalled. */
  get failure(): unknown {
    return this.#sourceFailure ?? this.#stalled.signal.reason;
  }

  /** The same bytes as `source`, watched. Destroying either destroys both. */
  watch(source: Readable): Readable {
    const watched = Readable.from(this.#timed(source), { objectMode: false });
    // What fails before anyone reads, as a file that is gone does, is found by the read.
    source.on("error", () => undefined);
    // The generators do this, but not when they were never begun.
    watched.once("close", () => source.destroy());
    return watched;
  }

  async *#timed(source: Readable): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#read(source)) {
      this.#restart();
      yield chunk;
    }
    this.end();
  }

  // An error that undici destroys the body with does not come through here, only those of the source.
  async *#read(source: Readable): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source as AsyncIterable<Uint8Array>) yield chunk;
    } catch (error) {
      const known = error instanceof BuilderError;
      this.#sourceFailure = known ? error : filesystemError("read what is to be sent", error);
      throw error;
    }
  }

  // A body may be read on for a moment when its request has ended.
  #restart(): void {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#stalled.abort(new StalledUploadError(this.#idleMs));
    }, this.#idleMs);
  }

  /** Stops watching, for good. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}
