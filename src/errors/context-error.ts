import { BuilderError, type BuilderErrorOptions } from "./builder-error.ts";
import type { SourceLocation } from "./dockerfile-error.ts";

export interface ContextErrorOptions extends BuilderErrorOptions {
  readonly location?: SourceLocation;
}

/** The build context, or a file that an instruction takes from a context or stage, is not there. */
export class ContextError extends BuilderError {
  readonly location: SourceLocation | undefined;

  constructor(
    code:
      | "CONTEXT_NOT_FOUND"
      | "CONTEXT_UNSUPPORTED"
      | "CONTEXT_SOURCE_NOT_FOUND"
      | "CONTEXT_UNREADABLE",
    message: string,
    options: ContextErrorOptions = {},
  ) {
    super(code, message, options);
    this.location = options.location;
  }
}
