import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join, posix } from "node:path";
import type { GitSource } from "../../dockerfile/git-url.ts";
import { ContextError } from "../../errors/context-error.ts";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { filesystemError } from "../../errors/filesystem-error.ts";
import { InternalError } from "../../errors/internal-error.ts";
import type { FileTime } from "../../filetree/node.ts";
import { resolvePath } from "../../filetree/resolve.ts";
import { FileTree } from "../../filetree/tree.ts";
import { defaultRetryPolicy, retry } from "../../support/retry.ts";
import type { RemoteAccess } from "../remote-access.ts";
import { type CheckedOut, checkOut, findWanted } from "./checkout.ts";
import { fetchLargeFiles } from "./large-files.ts";
import type { Login } from "./logins.ts";
import { GitProgram, LoginRefused } from "./program.ts";
import { readRemote } from "./remote.ts";
import { GitSession } from "./session.ts";
import { readCheckout } from "./tree.ts";

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
  await using session = await openSession(source, access);
  const { directory, commit, committed } = await persist(session, (login) =>
    attempt(source, session, login),
  );
  access.log.debug("fetched repository", { url: session.remote.address, commit });
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

/**
 * The id that a source means now: of a commit, or of an annotated tag. Nothing is fetched.
 *
 * @throws what `fetchGit` throws.
 */
export async function findGitId(source: GitSource, access: RemoteAccess): Promise<string> {
  assertChecksum(source);
  await using session = await openSession(source, access);
  const { workDirectory: directory } = access;
  const { id } = await persist(session, (login) =>
    findWanted(source, new GitProgram(session, { directory, login })),
  );
  return id;
}

async function openSession(source: GitSource, access: RemoteAccess): Promise<GitSession> {
  const { isAmbiguous, remote } = source;
  const session = await GitSession.open(
    readRemote(isAmbiguous ? `https://${remote}` : remote),
    access,
  );
  sayLogin(session);
  return session;
}

/** Does `work` by one login after the other, and again where what failed may pass. */
function persist<T>(
  session: GitSession,
  work: (login: Login | undefined) => Promise<T>,
): Promise<T> {
  const { log, signal, retry: policy = defaultRetryPolicy } = session.access;
  return retry(() => tryLogins(session, work), {
    policy,
    signal,
    onRetry: (error, attempts, delayMs) =>
      log.warn("fetch failed, trying again", {
        url: session.remote.address,
        reason: error.message,
        attempt: attempts,
        delayMs,
      }),
  });
}

/** A checkout, and where it is. */
type Checkout = CheckedOut & { readonly directory: string };

function sayLogin({ access, logins, remote }: GitSession): void {
  const [first] = logins;
  if (first === undefined) return;
  const fields = { repository: remote.address, from: first.from };
  access.log.info("credentials", fields);
  if (remote.url?.protocol === "https:" || isLoopback(remote.url)) return;
  access.log.warn("credentials go over the network in clear text", fields);
}

function isLoopback(url: URL | undefined): boolean {
  return /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(url?.hostname ?? "");
}

async function tryLogins<T>(
  { logins }: GitSession,
  work: (login: Login | undefined) => Promise<T>,
): Promise<T> {
  for (const login of logins.slice(0, -1)) {
    try {
      return await work(login);
    } catch (error) {
      if (!(error instanceof LoginRefused)) throw error;
    }
  }
  return work(logins.at(-1));
}

async function attempt(
  source: GitSource,
  session: GitSession,
  login: Login | undefined,
): Promise<Checkout> {
  const { git, log } = session.access;
  const narrow = narrowPath(source, git?.within);
  if (narrow !== "") {
    const checkout = await checkOutAnew(source, session, { login, narrow });
    if (checkout !== undefined) return checkout;
    log.debug("fetching the whole repository", { url: session.remote.address });
  }
  const checkout = await checkOutAnew(source, session, { login, narrow: "" });
  if (checkout === undefined) throw new InternalError("a whole checkout is none");
  return checkout;
}

/** The only directory that is wanted; empty for all, and where git would take it for a pattern. */
function narrowPath({ subdirectory = "" }: GitSource, within = ""): string {
  const path = posix.join("/", subdirectory, within).replace(/^\/|\/$/g, "");
  return /[*?[\]\\\n]/.test(path) ? "" : path;
}

/** Checks out in a directory of its own, which is gone where that fails. */
async function checkOutAnew(
  source: GitSource,
  session: GitSession,
  { login, narrow }: { readonly login: Login | undefined; readonly narrow: string },
): Promise<Checkout | undefined> {
  const { git: own, log, workDirectory } = session.access;
  const directory = join(workDirectory, `git-${randomUUID()}`);
  const extent = { directory, narrow, depth: own?.depth ?? 1 };
  let checkout: Checkout | undefined;
  try {
    await mkdir(directory).catch((error: unknown) => {
      throw filesystemError("check out a repository", error);
    });
    const git = new GitProgram(session, { directory, login });
    const checkedOut = await checkOut(source, git, extent);
    if (checkedOut !== undefined) {
      await fetchLargeFiles(git, extent, log);
      checkout = { ...checkedOut, directory };
    }
    return checkout;
  } finally {
    if (checkout === undefined) await rm(directory, { recursive: true, force: true });
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
