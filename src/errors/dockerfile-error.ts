import { BuilderError, type BuilderErrorOptions } from "./builder-error.ts";

export type { SourceLocation } from "./source-location.ts";
export type DockerfileErrorOptions = BuilderErrorOptions;

/** A Dockerfile cannot be read, understood or done; says where. */
export class DockerfileError extends BuilderError {
  constructor(
    code:
      | "DOCKERFILE_NOT_FOUND"
      | "DOCKERFILE_SYNTAX"
      | "DOCKERFILE_INVALID"
      | "DOCKERFILE_UNSUPPORTED",
    message: string,
    options: BuilderErrorOptions = {},
  ) {
    super(code, message, options);
  }
}
