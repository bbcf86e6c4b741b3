import type { LogFields, Logger } from "../../src/log/logger.ts";

/** A logger that keeps a line for each message. */
export interface RecordingLogger extends Logger {
  readonly lines: readonly string[];
}

export function makeRecordingLogger(): RecordingLogger {
  const lines: string[] = [];
  const keep =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
    };
  const logger: RecordingLogger = {
    lines,
    error: keep("error"),
    warn: keep("warn"),
    info: keep("info"),
    debug: keep("debug"),
    trace: keep("trace"),
    child: () => logger,
  };
  return logger;
}
