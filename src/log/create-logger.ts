import { type Logger as PinoLogger, pino, stdTimeFunctions } from "pino";
import { redact } from "../errors/redact.ts";
import { formatTextLine } from "./format-text.ts";
import type { LogFormat, LogLevel } from "./levels.ts";
import type { LogFields, Logger } from "./logger.ts";
import { redactFields } from "./redact-fields.ts";

/** Where finished lines go. `write` is called with whole lines, in order, and must be synchronous. */
export interface LogDestination {
  write(line: string): void;
  /** See `Logger`. */
  readonly status?: Logger["status"];
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Whether lines for people begin with the time; JSON always has it. */
  readonly timestamp: boolean;
  readonly destination: LogDestination;
}

/** Makes the logger of a process. Secrets are removed from messages and fields on their way out. */
export function createLogger(options: LoggerOptions): Logger {
  return wrap(
    pino(
      {
        level: options.level === "panic" ? "fatal" : options.level,
        base: null,
        timestamp: stdTimeFunctions.isoTime,
        // Errors come here as plain objects already; pino's own serializer would add their stacks.
        serializers: { err: (error: unknown) => error },
        formatters: { level: (label) => ({ level: label }) },
      },
      destinationOf(options),
    ),
    options.format === "json" ? undefined : options.destination.status,
  );
}

function destinationOf(options: LoggerOptions): LogDestination {
  if (options.format === "json") return options.destination;
  const format = formatTextLine({
    color: options.format === "color",
    timestamp: options.timestamp,
  });
  return { write: (line) => options.destination.write(format(line)) };
}

function wrap(target: PinoLogger, status: Logger["status"]): Logger {
  const at =
    (level: "error" | "warn" | "info" | "debug" | "trace") =>
    (message: string, fields: LogFields = {}): void => {
      if (target.isLevelEnabled(level)) target[level](redactFields(fields), redact(message));
    };
  return {
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    trace: at("trace"),
    status: target.isLevelEnabled("info") ? status : undefined,
    child: (fields) => wrap(target.child(redactFields(fields)), status),
  };
}
