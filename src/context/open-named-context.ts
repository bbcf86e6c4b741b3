import { mkdtemp, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ContextError } from "../errors/context-error.ts";
import type { FileTime } from "../filetree/node.ts";
import { FileTree } from "../filetree/tree.ts";
import type { ArchiveLimits } from "./archive-limits.ts";
import type { BuildContext } from "./context.ts";
import { type ContextSource, parseContextSource } from "./context-source.ts";
import { DirectoryContext } from "./directory-context.ts";
import { fetchContext } from "./fetch-context.ts";
import { fetchGit } from "./git/fetch-git.ts";
import type { HttpFile } from "./http-download.ts";
import { fetchHttp } from "./http-source.ts";
import { locateContext, openDirectoryContext } from "./open-context.ts";
import type { RemoteAccess } from "./remote-access.ts";

export interface NamedContextOptions {
  /** What relative paths are relative to; absolute. */
  readonly workingDirectory: string;
  /** How remote contexts are fetched. */
  readonly access: RemoteAccess;
  /** How large an archive may become. */
  readonly limits: ArchiveLimits;
  /** Modification time of what comes without one. */
  readonly time: FileTime;
}

/**
 * Opens a context that has no image: a directory with its own `.dockerignore`, a git repository, an archive
 * (`tar://`), what is in a bucket, or a URL (http or https), whose content is the file `context`, as in BuildKit. An
 * object that is no archive is that file as well.
 *
 * @throws CONTEXT_UNSUPPORTED, CONTEXT_NOT_FOUND, and what `fetchGit`, `fetchHttp` and `fetchContext` throw.
 */
export async function openNamedContext(
  location: string,
  options: NamedContextOptions,
): Promise<BuildContext> {
  const { access, time, workingDirectory } = options;
  const source = parseContextSource(location);
  if (source.kind === "directory") {
    return openDirectoryContext(locateContext({ location, subPath: "", workingDirectory }));
  }
  if (source.kind === "git") {
    return fixedContext(location, (await fetchGit(source.source, access, time)).tree);
  }
  if (source.kind === "http") {
    const file = await fetchHttp(source.url.href, access, source.checksum);
    return fixedContext(location, treeOf(file, time));
  }
  if (source.kind !== "stdin") return openFetched(source, options);
  throw new ContextError(
    "CONTEXT_UNSUPPORTED",
    `${location} cannot be a context by name: only --context takes standard input`,
  );
}

async function openFetched(
  source: Extract<ContextSource, { kind: "archive" | "bucket" }>,
  { access, limits, time, workingDirectory }: NamedContextOptions,
): Promise<BuildContext> {
  const place = await mkdtemp(join(access.workDirectory, "context-"));
  const { directory, dockerfile: path } = await fetchContext(source, {
    access,
    directory: join(place, "files"),
    limits,
    workingDirectory,
    time,
    stdin: Readable.from([]),
  });
  const description = source.kind === "bucket" ? source.source.name : source.path;
  if (path === undefined) {
    return new DirectoryContext({ directory, description, ignore: undefined, matcher: undefined });
  }
  const { size } = await stat(path);
  return fixedContext(description, treeOf({ path, size, lastModified: undefined }, time));
}

/** A file that has no name. */
function treeOf(
  { lastModified, path, size }: Pick<HttpFile, "lastModified" | "path" | "size">,
  time: FileTime,
): FileTree {
  const tree = new FileTree();
  tree.setLeaf("context", {
    type: "file",
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtime: lastModified ?? time,
    size,
    content: { kind: "local", path },
  });
  return tree;
}

/** Files that are all known. */
function fixedContext(description: string, tree: FileTree): BuildContext {
  return { description, ignore: undefined, load: () => Promise.resolve(tree) };
}
