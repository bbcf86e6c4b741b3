export interface Deadline {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits for `work` until the deadline, also where `work` does not heed the signal that it is given.
 *
 * @throws a DOMException named TimeoutError, the signal's reason, or what `work` throws.
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { signal, timeoutMs }: Deadline,
): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const ended = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  ended.throwIfAborted();
  const over = Promise.withResolvers<never>();
  const end = (): void => over.reject(ended.reason as Error);
  ended.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([work(ended), over.promise]);
  } finally {
    ended.removeEventListener("abort", end);
  }
}
