import type { LogFields, Logger } from "./logger.ts";

const levels = ["error", "warn", "info", "debug", "trace"] as const;

/** Messages that are kept until it is known whether they are to be said. */
export interface HeldLog {
  readonly logger: Logger;
  /** Says what has been held, and from now on says everything at once. */
  readonly release: () => void;
  /** Forgets what has been held, if it has not been said already. */
  readonly drop: () => void;
}

/** Holds messages for `log`: until they are released or dropped, but for `longestMs` milliseconds at most. */
export function holdLog(log: Logger, longestMs: number): HeldLog {
  const held: (() => void)[] = [];
  let isReleased = false;
  const release = (): void => {
    isReleased = true;
    clearTimeout(timer);
    for (const say of held.splice(0)) say();
  };
  const timer = setTimeout(release, longestMs).unref();
  const hold = (target: Logger): Logger => {
    const say = Object.fromEntries(
      levels.map((level) => [
        level,
        (message: string, fields?: LogFields) => {
          if (isReleased) target[level](message, fields);
          else held.push(() => target[level](message, fields));
        },
      ]),
    ) as unknown as Omit<Logger, "child">;
    return { ...say, child: (fields) => hold(target.child(fields)) };
  };
  const drop = (): void => {
    clearTimeout(timer);
    held.splice(0);
  };
  return { logger: hold(log), release, drop };
}
