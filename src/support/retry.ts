import { setTimeout as delay } from "node:timers/promises";
import { BuilderError } from "../errors/builder-error.ts";

/** How often and how patiently something is tried again. */
export interface RetryPolicy {
  /** How many times in all; 1 is no retry. */
  readonly attempts: number;
  /** About how long the first pause is, in milliseconds; each further one is twice as long. */
  readonly baseDelayMs: number;
  /** No pause is longer, in milliseconds; who asks for a longer one is not waited for. */
  readonly longestDelayMs: number;
}

/** Six attempts over about 15 seconds. */
export const defaultRetryPolicy: RetryPolicy = {
  attempts: 6,
  baseDelayMs: 500,
  longestDelayMs: 60_000,
};

export interface RetryOptions {
  readonly policy: RetryPolicy;
  readonly signal?: AbortSignal | undefined;
  /** The least pause that an error asks for, in milliseconds. */
  readonly askedDelayMs?: (error: BuilderError) => number | undefined;
  /** Told of each failure that is followed by another attempt. */
  readonly onRetry?: (error: BuilderError, attempt: number, delayMs: number) => void;
}

/**
 * Does `work` until it succeeds, fails with an error that is not `retryable`, or `policy` ends. Pauses are
 * jittered, so that many builds that failed together do not come back together.
 *
 * @throws the last error of `work`, or the signal's reason.
 */
export async function retry<T>(
  work: (attempt: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { policy, signal, askedDelayMs, onRetry } = options;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      const last = attempt >= policy.attempts;
      if (last || !(error instanceof BuilderError) || !error.retryable) throw error;
      const delayMs = pauseAfter(attempt, policy, askedDelayMs?.(error));
      if (delayMs === undefined) throw error;
      onRetry?.(error, attempt, delayMs);
      await pause(delayMs, signal);
    }
  }
}

/** The pause after the given attempt (1 is the first), or undefined when more is asked than the policy grants. */
export function pauseAfter(attempt: number, policy: RetryPolicy, askedMs = 0): number | undefined {
  if (askedMs > policy.longestDelayMs) return undefined;
  const doubled = policy.baseDelayMs * 2 ** (attempt - 1);
  const jittered = doubled * (0.5 + Math.random());
  return Math.round(Math.min(Math.max(jittered, askedMs), policy.longestDelayMs));
}

async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(delayMs, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
