import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { parseIgnoreFile } from "../dockerfile/ignore/ignore-file.ts";
import { createIgnoreMatcher } from "../dockerfile/ignore/matcher.ts";
import { ContextError } from "../errors/context-error.ts";
import { errnoOf } from "../errors/filesystem-error.ts";
import type { BuildContext } from "./context.ts";
import { DirectoryContext } from "./directory-context.ts";
import { placesOf } from "./places.ts";

export interface ContextLocation {
  /** A path, or a URL such as `dir:///workspace/source`. */
  readonly location: string;
  /** A directory inside it that is the real root; the empty string is all of it. */
  readonly subPath: string;
  /** What relative paths are relative to; absolute. */
  readonly workingDirectory: string;
  /** Where all paths are looked for first; absolute. */
  readonly workspace?: string | undefined;
}

/**
 * The directory that a context location names, absolute and without links.
 *
 * @throws CONTEXT_UNSUPPORTED for schemes other than dir.
 * @throws CONTEXT_NOT_FOUND when there is no such directory.
 */
export function locateContext(request: ContextLocation): string {
  const { location, subPath } = request;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(location)?.[0];
  if (scheme !== undefined && scheme.toLowerCase() !== "dir://") {
    throw new ContextError(
      "CONTEXT_UNSUPPORTED",
      `the build context ${location} is no directory of this machine`,
      { hint: "Use a plain path, or dir://PATH" },
    );
  }
  const path = scheme === undefined ? location : location.slice(scheme.length);
  // A sub-path is confined to the context, whatever it says.
  const roots = placesOf(path, request).map((root) =>
    resolve(root, `.${posix.join("/", subPath)}`),
  );
  for (const root of roots) {
    const directory = asDirectory(root);
    if (directory !== undefined) return directory;
  }
  const [first, ...others] = roots;
  const tried = others.length === 0 ? "" : `; neither is ${others.join(", ")}`;
  throw new ContextError(
    "CONTEXT_NOT_FOUND",
    `the build context ${first} is not a directory${tried}`,
    {
      hint: "Check --context, --context-sub-path or --build-context, and that the workspace is mounted",
    },
  );
}

/** The directory that a path leads to, without links; undefined where it leads to none. */
function asDirectory(path: string): string | undefined {
  try {
    const directory = realpathSync(path);
    return statSync(directory).isDirectory() ? directory : undefined;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(errnoOf(error) ?? "")) return undefined;
    throw new ContextError("CONTEXT_UNREADABLE", `the build context ${path} cannot be read`, {
      cause: error,
      hint: "Check the permissions of the directory and of those above it",
    });
  }
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
