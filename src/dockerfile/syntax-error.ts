import { DockerfileError, type SourceLocation } from "../errors/dockerfile-error.ts";

/** An error of the grammar; its place is added by `withLocation` where the statement is known. */
export function syntaxError(message: string, location?: SourceLocation): DockerfileError {
  const options = location === undefined ? {} : { location };
  return new DockerfileError("DOCKERFILE_SYNTAX", message, options);
}

/**
 * Runs `action`; a `DockerfileError` from it that has no location yet is thrown again with this
 * one, and with `prefix` before its message.
 */
export function withLocation<Result>(
  location: SourceLocation,
  action: () => Result,
  prefix = "",
): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof DockerfileError) || error.location !== undefined) throw error;
    throw relocated(error, location, prefix);
  }
}

/** The same error at another place, with `prefix` before its message. */
export function relocated(
  error: DockerfileError,
  location: SourceLocation,
  prefix = "",
): DockerfileError {
  const code = error.code === "DOCKERFILE_INVALID" ? error.code : "DOCKERFILE_SYNTAX";
  return new DockerfileError(code, prefix + error.message, { location });
}
