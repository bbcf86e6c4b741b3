import { BuilderError, type BuilderErrorOptions } from "./builder-error.ts";

/** The builder's own work on disk failed. */
export class FilesystemError extends BuilderError {
  constructor(
    code: "FILESYSTEM_FAILED" | "FILESYSTEM_NO_SPACE",
    message: string,
    options?: BuilderErrorOptions,
  ) {
    super(code, message, options);
  }
}

/**
 * Wraps a failed system call: `ENOSPC` and `EDQUOT` become `FILESYSTEM_NO_SPACE`, all others
 * `FILESYSTEM_FAILED`. `doing` completes "cannot ...", such as `write the layer`.
 */
export function filesystemError(doing: string, cause: unknown): FilesystemError {
  const errno = errnoOf(cause);
  if (errno === "ENOSPC" || errno === "EDQUOT") {
    return new FilesystemError("FILESYSTEM_NO_SPACE", `cannot ${doing}: no space is left`, {
      cause,
    });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FilesystemError("FILESYSTEM_FAILED", `cannot ${doing}: ${reason}`, { cause });
}

/** The errno name of a failed system call, such as `ENOENT`, if `error` is one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
