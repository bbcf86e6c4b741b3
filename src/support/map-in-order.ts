/**
 * Starts `task` for each of `source`, for at most `limit` at a time, and gives the results in the order of
 * `source`, which is read only as fast as results are taken. When this ends, no task is left running.
 *
 * @yields the results.
 */
export async function* mapInOrder<T, R>(
  source: AsyncIterable<T>,
  limit: number,
  task: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const pending: Promise<R>[] = [];
  try {
    for await (const item of source) {
      const started = task(item);
      // It is awaited in its turn; until then its failure is nobody's.
      started.catch(() => undefined);
      pending.push(started);
      const next = pending.length < limit ? undefined : pending.shift();
      if (next !== undefined) yield await next;
    }
    for (const next of pending) yield await next;
  } finally {
    await Promise.allSettled(pending);
  }
}
