import type { LogFields, Logger } from "./logger.ts";

const levels = ["error", "warn", "info", "debug", "trace"] as const;
const grave: ReadonlySet<string> = new Set(["error", "warn"]);

/** Messages that are kept until it is known whether they are to be said. */
export interface HeldLog {
  readonly logger: Logger;
  /** Says what has been held, and from now on says everything at once. */
  readonly release: () => void;
  /** Says the warnings and errors that have been held, and forgets the rest. */
  readonly drop: () => void;
}

/** Holds messages for `log`: until they are released or dropped, but for `longestMs` milliseconds at most. */
export function holdLog(log: Logger, longestMs: number): HeldLog {
  const held: { readonly isGrave: boolean; readonly say: () => void }[] = [];
  let isReleased = false;
  const release = (): void => {
    isReleased = true;
    clearTimeout(timer);
    for (const { say } of held.splice(0)) say();
  };
  const timer = setTimeout(release, longestMs).unref();
  const hold = (target: Logger): Logger => {
    const say = Object.fromEntries(
      levels.map((level) => [
        level,
        (message: string, fields?: LogFields) => {
          if (isReleased) target[level](message, fields);
          else held.push({ isGrave: grave.has(level), say: () => target[level](message, fields) });
        },
      ]),
    ) as unknown as Omit<Logger, "child">;
    return { ...say, child: (fields) => hold(target.child(fields)) };
  };
  const drop = (): void => {
    clearTimeout(timer);
    for (const { say } of held.splice(0).filter(({ isGrave }) => isGrave)) say();
  };
  return { logger: hold(log), release, drop };
}
