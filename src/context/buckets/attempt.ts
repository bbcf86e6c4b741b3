import { endingRequests } from "../../support/clouds/ending-requests.ts";
import { withDeadline } from "../../support/deadline.ts";

/** For an answer to begin, and between two pieces of it; longer than SDKs look for an identity. */
const defaultIdleMs = 60_000;

/** One request to a bucket, which ends when nothing comes for too long. */
export class Attempt {
  readonly #end = new AbortController();
  readonly #idleMs: number;
  /** Aborted when the request is to end. */
  readonly signal: AbortSignal;

  constructor(signal: AbortSignal, idleMs = defaultIdleMs) {
    this.#idleMs = idleMs;
    this.signal = AbortSignal.any([signal, this.#end.signal]);
  }

  /**
   * Waits for an answer to begin.
   *
   * @throws a DOMException named TimeoutError, the signal's reason, or what `work` throws
   */
  waitFor<T>(work: () => Promise<T>): Promise<T> {
    return withDeadline(() => endingRequests(this.signal, work), {
      signal: this.signal,
      timeoutMs: this.#idleMs,
    });
  }

  /**
   * Passes an answer on as it comes.
   *
   * @yields its pieces
   * @throws a DOMException named TimeoutError, the signal's reason, or what the answer throws
   */
  async *idleAware<T>(answer: AsyncIterable<T>): AsyncGenerator<T> {
    const pieces = answer[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#nextOf(pieces);
        if (next.done === true) return;
        yield next.value;
      }
    } catch (error) {
      this.signal.throwIfAborted();
      throw error;
    } finally {
      // A body that hangs would not end before its request.
      this.end();
      await pieces.return?.().catch(() => undefined);
    }
  }

  async #nextOf<T>(pieces: AsyncIterator<T>): Promise<IteratorResult<T>> {
    // Ends the request, and with it the answer.
    const timer = setTimeout(() => {
      this.#end.abort(new DOMException("the answer does not go on", "TimeoutError"));
    }, this.#idleMs);
    try {
      return await endingRequests(this.signal, () => pieces.next());
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the request, if it has not ended yet. */
  end(): void {
    this.#end.abort();
  }
}
