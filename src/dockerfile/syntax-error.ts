import { DockerfileError } from "../errors/dockerfile-error.ts";
import type { SourceLocation } from "../errors/source-location.ts";

/** An error of the grammar; its place is added by `withLocation` where the statement is known. */
export function syntaxError(message: string, location?: SourceLocation): DockerfileError {
  const options = location === undefined ? {} : { location };
  return new DockerfileError("DOCKERFILE_SYNTAX", message, options);
}

/** Runs `action`; a `DockerfileError` from it gets this location, unless it has one already. */
export function withLocation<Result>(location: SourceLocation, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw error instanceof DockerfileError ? error.at(location) : error;
  }
}
