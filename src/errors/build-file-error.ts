import { BuilderError, type BuilderErrorOptions } from "./builder-error.ts";

/** A build file cannot be read or understood; says where. */
export class BuildFileError extends BuilderError {
  constructor(
    code: "BUILD_FILE_NOT_FOUND" | "BUILD_FILE_INVALID",
    message: string,
    options?: BuilderErrorOptions,
  ) {
    super(code, message, options);
  }
}
