import { BuilderError, type BuilderErrorOptions } from "./builder-error.ts";
import type { SourceLocation } from "./source-location.ts";

export type { SourceLocation } from "./source-location.ts";

export interface DockerfileErrorOptions extends BuilderErrorOptions {
  /** Further places that have a part in it, in file order. */
  readonly others?: readonly SourceLocation[];
}

/** A Dockerfile cannot be read, understood or done; says where. */
export class DockerfileError extends BuilderError {
  /** Further places that have a part in it. */
  readonly others: readonly SourceLocation[];

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
    this.others = options.others ?? [];
  }
}
