import { type ErrorCode, errorCodes } from "./codes.ts";
import { redact } from "./redact.ts";
import type { SourceLocation } from "./source-location.ts";

/** What every error of the family carries beside its code and message. */
export interface BuilderErrorOptions {
  /** What the user can try, where that is more than the code's own hint. One sentence, no trailing period. */
  readonly hint?: string;
  /** Whether doing the same again may help. */
  readonly retryable?: boolean;
  /** Where in the Dockerfile the cause stands. */
  readonly location?: SourceLocation;
  readonly cause?: unknown;
}

/**
 * The base of all errors that slipway reports on purpose.
 *
 * `message` is one sentence that says what failed and on what, without advice and without a
 * trailing period; secrets are removed from it here, whoever made it.
 */
export class BuilderError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  #location: SourceLocation | undefined;

  constructor(code: ErrorCode, message: string, options: BuilderErrorOptions = {}) {
    super(redact(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint === undefined ? undefined : redact(options.hint);
    this.retryable = options.retryable ?? false;
    this.#location = options.location;
  }

  /** Where in the Dockerfile the cause stands, if it stands there. */
  get location(): SourceLocation | undefined {
    return this.#location;
  }

  /** Adds the location, unless a more exact one is known already. Returns this error. */
  at(location: SourceLocation): this {
    this.#location ??= location;
    return this;
  }

  /** The exit code of a process that ends with this error. */
  get exitCode(): number {
    return errorCodes[this.code].exitCode;
  }
}

/** Tells whether `error` is a `BuilderError`, and when `code` is given, whether it has that code. */
export function isBuilderError(error: unknown, code?: ErrorCode): error is BuilderError {
  return error instanceof BuilderError && (code === undefined || error.code === code);
}

/** Adds a location to `error` where it is one of ours and lacks it; returns it in any case. */
export function errorAt(error: unknown, location: SourceLocation): unknown {
  return error instanceof BuilderError ? error.at(location) : error;
}
