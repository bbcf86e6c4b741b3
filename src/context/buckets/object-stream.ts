import { setTimeout as delay } from "node:timers/promises";
import { counted, Transfer } from "../../log/transfer.ts";
import { defaultRetryPolicy, pauseAfter } from "../../support/retry.ts";
import type { RemoteAccess } from "../remote-access.ts";
import { Attempt } from "./attempt.ts";
import type { Bucket, ObjectPart } from "./bucket.ts";
import { bucketError } from "./bucket-fault.ts";
import type { BucketSource } from "./bucket-source.ts";

export interface ObjectRequest {
  readonly bucket: Bucket;
  readonly source: BucketSource;
  readonly key: string;
  /** Told how many bytes it has, where the server says it. */
  readonly onSize?: (bytes: number | undefined) => void;
}

/** `readObject`, for one object that is the whole context: says how far it got. */
export function streamObject(
  request: ObjectRequest,
  access: RemoteAccess,
): AsyncGenerator<Uint8Array> {
  const transfer = new Transfer(access.log, { doing: "fetching", what: request.source.name });
  const onSize = (bytes: number | undefined): void => transfer.expect(bytes);
  return counted(readObject({ ...request, onSize }, access), transfer);
}

/**
 * Reads an object while it comes. A connection that breaks is made again, and the rest asked for, as long as the
 * object is the same.
 *
 * @yields its bytes.
 * @throws CONTEXT_NOT_FOUND, CONTEXT_REFUSED, CONTEXT_UNREACHABLE, or the signal's reason.
 */
export async function* readObject(
  { bucket, key, onSize, source }: ObjectRequest,
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
      if (offset === 0) onSize?.(part.size);
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
