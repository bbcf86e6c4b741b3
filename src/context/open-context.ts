import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { parseIgnoreFile } from "../dockerfile/ignore/ignore-file.ts";
import { createIgnoreMatcher } from "../dockerfile/ignore/matcher.ts";
import { ContextError } from "../errors/context-error.ts";
import { errnoOf } from "../errors/filesystem-error.ts";
import type { BuildContext } from "./context.ts";
import { DirectoryContext } from "./directory-context.ts";

/** Schemes of a build context that slipway can open. */
const knownSchemes = ["dir://"];

export interface ContextLocation {
  /** A path, or a URL such as `dir:///workspace/source`. */
  readonly location: string;
  /** A directory inside it that is the real root; the empty string is all of it. */
  readonly subPath: string;
  /** What relative paths are relative to; absolute. */
  readonly workingDirectory: string;
}

/**
 * The directory that a context location names, absolute and without links.
 *
 * @throws CONTEXT_UNSUPPORTED for schemes that are not known.
 * @throws CONTEXT_NOT_FOUND when there is no such directory.
 */
export function locateContext(request: ContextLocation): string {
  const { location, subPath, workingDirectory } = request;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(location)?.[0];
  if (scheme !== undefined && !knownSchemes.includes(scheme.toLowerCase())) {
    throw new ContextError(
      "CONTEXT_UNSUPPORTED",
      `the build context ${location} has a scheme that is not supported yet`,
      { hint: `Use a directory: a plain path, or one of ${knownSchemes.join(", ")}` },
    );
  }
  const path = scheme === undefined ? location : location.slice(scheme.length);
  // A sub-path is confined to the context, whatever it says.
  const root = resolve(workingDirectory, path, `.${posix.join("/", subPath)}`);
  try {
    const directory = realpathSync(root);
    if (statSync(directory).isDirectory()) return directory;
  } catch (error) {
    if (!["ENOENT", "ENOTDIR", "ELOOP"].includes(errnoOf(error) ?? "")) {
      throw new ContextError("CONTEXT_UNREADABLE", `the build context ${root} cannot be read`, {
        cause: error,
        hint: "Check the permissions of the directory and of those above it",
      });
    }
  }
  throw new ContextError("CONTEXT_NOT_FOUND", `the build context ${root} is not a directory`, {
    hint: "Check --context, --context-sub-path or --build-context, and that the workspace is mounted",
  });
}

/**
 * Opens a directory as build context, without what the `.dockerignore` in it names. For the main
 * context `<Dockerfile>.dockerignore` beside the Dockerfile wins.
 *
 * @throws DOCKERFILE_SYNTAX when a pattern of the ignore file is malformed.
 */
export function openDirectoryContext(directory: string, dockerfile?: string): BuildContext {
  const specific = dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`];
  const file = [...specific, join(directory, ".dockerignore")].find((path) => existsSync(path));
  if (file === undefined) {
    return new DirectoryContext({ directory, ignore: undefined, matcher: undefined });
  }
  const patterns = parseIgnoreFile(readFileSync(file, "utf8"));
  return new DirectoryContext({
    directory,
    ignore: { file, patterns },
    matcher: createIgnoreMatcher(patterns),
  });
}
