import { setTimeout as delay } from "node:timers/promises";
import { endingRequests } from "../../support/clouds/ending-requests.ts";
import { withDeadline } from "../../support/deadline.ts";
import { defaultRetryPolicy, pauseAfter } from "../../support/retry.ts";
import type { RemoteAccess } from "../remote-access.ts";
import type { Bucket, ObjectPart } from "./bucket.ts";
import { bucketError } from "./bucket-fault.ts";
import type { BucketSource } from "./bucket-source.ts";

/** For an answer to begin, and between two pieces of a body; longer than SDKs look for an identity. */
const idleTimeoutMs = 60_000;

export interface ObjectRequest {
  readonly bucket: Bucket;
  readonly source: BucketSource;
  readonly key: string;
}

/**
 * Reads an object while it comes. A connection that breaks is made again, and the rest asked for, as long as the
 * object is the same.
 *
 * @yields its bytes.
 * @throws CONTEXT_NOT_FOUND, CONTEXT_REFUSED, CONTEXT_UNREACHABLE, or the signal's reason.
 */
export async function* streamObject(
  { bucket, key, source }: ObjectRequest,
  { log, retry: policy = defaultRetryPolicy, signal }: RemoteAccess,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let version: string | undefined;
  for (let failures = 0; ; ) {
    const attempt = new Attempt(signal);
    try {
      const open = (): Promise<ObjectPart> =>
        bucket.open(key, { offset, version, signal: attempt.signal });
      const part = await attempt.waitFor(open);
      version ??= part.version;
      for await (const chunk of attempt.idleAware(part.body)) {
        offset += chunk.length;
        failures = 0;
        yield chunk;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      failures += 1;
      const fault = bucket.faultOf(error);
      const pauseMs = pauseAfter(failures, policy) ?? policy.longestDelayMs;
      if (fault.retryable !== true || failures >= policy.attempts) {
        const what = key === source.key ? undefined : `${key} of the context ${source.name}`;
        throw bucketError(source, fault, what);
      }
      log.warn("download broke off, going on", { url: source.name, offset, reason: fault.reason });
      await delay(pauseMs, undefined, { signal });
    } finally {
      attempt.end();
    }
  }
}

/** One request: it ends when nothing comes for too long. */
class Attempt {
  readonly #end = new AbortController();
  /** Aborted when the request is to end. */
  readonly signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#end.signal]);
  }

  waitFor<T>(work: () => Promise<T>): Promise<T> {
    return withDeadline(() => endingRequests(this.signal, work), {
      signal: this.signal,
      timeoutMs: idleTimeoutMs,
    });
  }

  async *idleAware(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const chunks = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.waitFor(() => chunks.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      // A body that hangs would not end before its request.
      this.end();
      await chunks.return?.().catch(() => undefined);
    }
  }

  end(): void {
    this.#end.abort();
  }
}
