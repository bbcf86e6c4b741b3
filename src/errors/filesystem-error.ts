import { BuilderError, type BuilderErrorOptions } from "./builder-error.ts";

/** The builder's own work on disk failed. */
export class FilesystemError extends BuilderError {
  /** The file or directory that could not be worked on, where it is known. */
  readonly path: string | undefined;

  constructor(
    code: "FILESYSTEM_FAILED" | "FILESYSTEM_NO_SPACE" | "WORK_DIRECTORY_UNWRITABLE",
    message: string,
    options: BuilderErrorOptions & { readonly path?: string | undefined } = {},
  ) {
    super(code, message, options);
    this.path = options.path;
  }
}

/**
 * Wraps a failed system call: `ENOSPC` and `EDQUOT` become `FILESYSTEM_NO_SPACE`, all others
 * `FILESYSTEM_FAILED`. `doing` completes "cannot ...", such as `write the layer`; `path` is what the
 * call worked on, where the call does not say it itself.
 */
export function filesystemError(
  doing: string,
  cause: unknown,
  path = pathOf(cause),
): FilesystemError {
  if (isNoSpace(cause)) {
    const message = `cannot ${doing}: no space is left`;
    return new FilesystemError("FILESYSTEM_NO_SPACE", message, { cause, path });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FilesystemError("FILESYSTEM_FAILED", `cannot ${doing}: ${reason}`, { cause, path });
}

/** Whether a system call failed because the disk, or the quota on it, is full. */
export function isNoSpace(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === "ENOSPC" || errno === "EDQUOT";
}

function pathOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("path" in error)) return undefined;
  return typeof error.path === "string" ? error.path : undefined;
}

/** The errno name of a failed system call, such as `ENOENT`, if `error` is one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
