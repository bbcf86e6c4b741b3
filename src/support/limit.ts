/** Runs a task when there is room for it. */
export type Limit = <T>(task: () => Promise<T>) => Promise<T>;

/** Makes a function that runs at most `count` of the tasks it is given at a time, in their order. */
export function createLimit(count: number): Limit {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      // The slot goes to the next in line, who does not count itself again.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
