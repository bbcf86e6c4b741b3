import { BuilderError } from "./builder-error.ts";

/** Something that cannot happen happened: a defect of slipway, reported with its stack. */
export class InternalError extends BuilderError {
  constructor(message: string, cause?: unknown) {
    super("INTERNAL", message, cause === undefined ? {} : { cause });
  }
}

/** The build was ended from outside, by SIGTERM or SIGINT. */
export class CancelledError extends BuilderError {
  constructor(signal: string) {
    super("CANCELLED", `the build was ended by ${signal}`);
  }
}
