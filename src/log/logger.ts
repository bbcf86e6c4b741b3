/** Structured facts that go with a message. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where messages go. Fixed lower-case messages, variable parts in fields. Handed down as an
 * argument, never imported as a global.
 */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  trace(message: string, fields?: LogFields): void;
  /**
   * Shows on a terminal what `owner` is doing, in place of what it showed before; no text takes that away.
   * Undefined where there is no terminal, or it is not to be talked to.
   */
  readonly status?: ((owner: object, text: string | undefined) => void) | undefined;
  /** A logger that adds `fields` to every message. */
  child(fields: LogFields): Logger;
}

/** A logger that drops everything. */
export const silentLogger: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  trace: () => undefined,
  child: () => silentLogger,
};
