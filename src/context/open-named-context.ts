import { parseGitUrl } from "../dockerfile/git-url.ts";
import type { FileTime } from "../filetree/node.ts";
import { FileTree } from "../filetree/tree.ts";
import type { BuildContext } from "./context.ts";
import { fetchGit } from "./git/fetch-git.ts";
import { fetchHttp } from "./http-source.ts";
import { locateContext, openDirectoryContext } from "./open-context.ts";
import type { RemoteAccess } from "./remote-access.ts";

export interface NamedContextOptions {
  /** What relative paths are relative to; absolute. */
  readonly workingDirectory: string;
  /** How remote contexts are fetched. */
  readonly access: RemoteAccess;
  /** Modification time of what comes without one. */
  readonly time: FileTime;
}

/**
 * Opens a context that has no image: a directory with its own `.dockerignore`, a git repository, or
 * a URL (http or https) whose content is the file `context`.
 *
 * @throws CONTEXT_UNSUPPORTED, CONTEXT_NOT_FOUND, and what `fetchGit` and `fetchHttp` throw.
 */
export async function openNamedContext(
  location: string,
  options: NamedContextOptions,
): Promise<BuildContext> {
  const { workingDirectory, access, time } = options;
  const git = parseGitUrl(location);
  // `github.com/...` without a scheme is a path here.
  if (git !== undefined && !git.isAmbiguous) {
    return fixedContext(location, (await fetchGit(git, access, time)).tree);
  }
  if (/^https?:\/\//i.test(location)) {
    return fixedContext(location, await downloadedTree(location, options));
  }
  return openDirectoryContext(locateContext({ location, subPath: "", workingDirectory }));
}

async function downloadedTree(
  url: string,
  { access, time }: NamedContextOptions,
): Promise<FileTree> {
  const { path, size, lastModified } = await fetchHttp(url, access);
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
