import { BuilderError, type BuilderErrorOptions } from "./builder-error.ts";

/** The command line or the environment asks for something that does not exist or cannot be. */
export class UsageError extends BuilderError {
  constructor(
    code:
      | "USAGE_UNKNOWN_FLAG"
      | "USAGE_UNSUPPORTED_FLAG"
      | "USAGE_INVALID_VALUE"
      | "USAGE_CONFLICT",
    message: string,
    options?: BuilderErrorOptions,
  ) {
    super(code, message, options);
  }
}
