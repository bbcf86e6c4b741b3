import { fetchGit } from "../../context/git/fetch-git.ts";
import { fetchHttp, fileNameOf } from "../../context/http-source.ts";
import type { RemoteAccess } from "../../context/remote-access.ts";
import type { GitSource } from "../../dockerfile/git-url.ts";
import { FileTree } from "../../filetree/tree.ts";
import type { AddSource } from "../../plan/copy-sources.ts";
import type { StepScope } from "../scope.ts";

/** Fetches the files of a repository. */
export async function loadRepository(git: GitSource, scope: StepScope): Promise<FileTree> {
  const { tree } = await fetchGit(git, access(scope), scope.build.request.startTime);
  return tree;
}

/**
 * Downloads a file, and gives a tree that holds it: mode octal 600, root's, its time that of the
 * server or 1970, its name the last part of the URL's path.
 */
export async function download(
  { url, checksum }: Extract<AddSource, { readonly kind: "http" }>,
  scope: StepScope,
): Promise<{ readonly tree: FileTree; readonly path: string }> {
  const { path: file, size, lastModified } = await fetchHttp(url, access(scope), checksum);
  const tree = new FileTree();
  const path = fileNameOf(url);
  tree.setLeaf(path, {
    type: "file",
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtime: lastModified ?? { seconds: 0, nanoseconds: 0 },
    size,
    content: size === 0 ? { kind: "empty" } : { kind: "local", path: file },
  });
  return { tree, path };
}

/** A failure elsewhere in the build ends what is under way here. */
function access({ build }: StepScope): RemoteAccess {
  return { ...build.ports.remoteAccess, signal: build.signal };
}
