import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { GitSource } from "../dockerfile/git-url.ts";
import { ContextError } from "../errors/context-error.ts";
import { DockerfileError } from "../errors/dockerfile-error.ts";
import { filesystemError } from "../errors/filesystem-error.ts";
import type { FileTime } from "../filetree/node.ts";
import { resolvePath } from "../filetree/resolve.ts";
import { FileTree } from "../filetree/tree.ts";
import { defaultRetryPolicy, retry } from "../support/retry.ts";
import { type CheckedOut, checkOut } from "./git-checkout.ts";
import { GitProgram, separateCredentials } from "./git-program.ts";
import { readCheckout } from "./git-tree.ts";
import type { RemoteAccess } from "./remote-access.ts";

/** What was fetched of a repository. */
export interface GitFiles {
  /** The subdirectory that was asked for, or everything. Contents are files of this machine. */
  readonly tree: FileTree;
  /** Where that is on this machine; absolute. */
  readonly directory: string;
  /** Id of the commit, whole. */
  readonly commit: string;
  /** When it was committed. */
  readonly commitTime: FileTime;
}

/**
 * Checks out a commit of a repository by the git program, as BuildKit does: submodules unless they
 * are declined, `.git` only where it was asked for and all of the repository is meant. Files are
 * those of git, whatever this machine's configuration says; their modification time is
 * `checkoutTime`, unless the source wants that of the commit.
 *
 * @throws DOCKERFILE_INVALID when the checksum cannot be a commit id.
 * @throws CONTEXT_SOURCE_NOT_FOUND when there is no such ref or subdirectory.
 * @throws CONTEXT_CHECKSUM_MISMATCH when the ref is another commit than the checksum says.
 * @throws CONTEXT_UNREACHABLE, CONTEXT_REFUSED, CONTEXT_GIT_MISSING
 * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, or the signal's reason.
 */
export async function fetchGit(
  source: GitSource,
  access: RemoteAccess,
  checkoutTime: FileTime,
): Promise<GitFiles> {
  assertChecksum(source);
  const { log, signal, retry: policy = defaultRetryPolicy } = access;
  const url = source.remote;
  const { directory, commit, committed } = await retry(() => attempt(source, access), {
    policy,
    signal,
    onRetry: (error, count, delayMs) =>
      log.warn("fetch failed, trying again", {
        url,
        reason: error.message,
        attempt: count,
        delayMs,
      }),
  });
  log.debug("fetched repository", { url, commit });
  const commitTime = { seconds: committed, nanoseconds: 0 };
  const isWhole = resolvePath(new FileTree(), source.subdirectory ?? "").path === "";
  const files = readCheckout(directory, {
    time: source.mtime === "commit" ? commitTime : checkoutTime,
    withGitDirectory: source.keepGitDir === true && isWhole,
  });
  const tree = isWhole ? files : subtree(files, source);
  const below = resolvePath(files, source.subdirectory ?? "").path;
  return { tree, directory: join(directory, below), commit, commitTime };
}

async function attempt(
  source: GitSource,
  access: RemoteAccess,
): Promise<CheckedOut & { readonly directory: string }> {
  const directory = join(access.workDirectory, `git-${randomUUID()}`);
  const { remote, isAmbiguous } = source;
  const place = separateCredentials(isAmbiguous ? `https://${remote}` : remote, access);
  try {
    await mkdir(directory).catch((error: unknown) => {
      throw filesystemError("check out a repository", error);
    });
    const git = new GitProgram(access, { directory, remote: place });
    return { ...(await checkOut(source, git, directory)), directory };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

function subtree(files: FileTree, { subdirectory = "", remote }: GitSource): FileTree {
  const { node } = resolvePath(files, subdirectory);
  if (node?.type === "directory") return new FileTree(node);
  throw new ContextError(
    "CONTEXT_SOURCE_NOT_FOUND",
    `repository ${remote} has no directory ${subdirectory}`,
  );
}

function assertChecksum({ checksum }: GitSource): void {
  if (checksum === undefined || /^[0-9a-f]+$/i.test(checksum)) return;
  throw new DockerfileError(
    "DOCKERFILE_INVALID",
    `invalid checksum ${checksum} for Git URL, expected hex commit hash`,
  );
}
