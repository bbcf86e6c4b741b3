import { BuilderError, type BuilderErrorOptions } from "./builder-error.ts";

/** Where in a Dockerfile something is: 1-based line numbers, both inclusive. */
export interface SourceLocation {
  /** The Dockerfile's name as the user knows it. */
  readonly file: string;
  readonly firstLine: number;
  readonly lastLine: number;
}

export interface DockerfileErrorOptions extends BuilderErrorOptions {
  readonly location?: SourceLocation;
}

/** A Dockerfile cannot be read, understood or done; says where. */
export class DockerfileError extends BuilderError {
  readonly location: SourceLocation | undefined;

  constructor(
    code:
      | "DOCKERFILE_NOT_FOUND"
      | "DOCKERFILE_SYNTAX"
      | "DOCKERFILE_INVALID"
      | "DOCKERFILE_UNSUPPORTED",
    message: string,
    options: DockerfileErrorOptions = {},
  ) {
    super(code, message, options);
    this.location = options.location;
  }
}
