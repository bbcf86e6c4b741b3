import { BuilderError, type BuilderErrorOptions } from "./builder-error.ts";

/** The build context, or a file that an instruction takes from a context or stage, is not there. */
export class ContextError extends BuilderError {
  constructor(
    code:
      | "CONTEXT_NOT_FOUND"
      | "CONTEXT_UNSUPPORTED"
      | "CONTEXT_SOURCE_NOT_FOUND"
      | "CONTEXT_UNREADABLE"
      | "CONTEXT_UNREACHABLE"
      | "CONTEXT_REFUSED"
      | "CONTEXT_GIT_MISSING"
      | "CONTEXT_CHECKSUM_MISMATCH",
    message: string,
    options: BuilderErrorOptions = {},
  ) {
    super(code, message, options);
  }
}
