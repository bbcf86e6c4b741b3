import { existsSync, realpathSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { GitSource } from "../../dockerfile/git-url.ts";
import { ContextError } from "../../errors/context-error.ts";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import type { GitProgram } from "./program.ts";
import { chooseRef, isCommitId, type RemoteRef } from "./ref.ts";

/** What has been checked out. */
export interface CheckedOut {
  /** Id of the commit, whole. */
  readonly commit: string;
  /** When it was committed, seconds since 1970. */
  readonly committed: number;
}

/** How much of a repository is checked out, and where. */
export interface CheckoutExtent {
  /** Where to; absolute, and empty. */
  readonly directory: string;
  /** The only directory that is wanted; the empty string is all. */
  readonly narrow: string;
  /** Commits of history; 0 is all. */
  readonly depth: number;
}

/**
 * Checks out what `source` means, together with `.git`. There is no more history in it than is wanted, where the server can
 * leave it away; and of files, besides those directly in directories above, only those below `narrow`. Gives undefined where
 * `narrow` cannot be had by itself: the server hands out no single files, or a link leads there.
 *
 * @throws CONTEXT_SOURCE_NOT_FOUND when there is no such ref.
 * @throws CONTEXT_CHECKSUM_MISMATCH when the ref is another commit than the checksum says.
 * @throws DOCKERFILE_INVALID for `fetch-by-commit` without a commit, and what `GitProgram` throws.
 */
export async function checkOut(
  source: GitSource,
  git: GitProgram,
  extent: CheckoutExtent,
): Promise<CheckedOut | undefined> {
  const { directory, narrow } = extent;
  const wanted = await findWanted(source, git);
  const format = wanted.id.length === 64 ? ["--object-format=sha256"] : [];
  await git.run("init", "--quiet", "--template=", "--initial-branch=main", ...format);
  await git.run("remote", "add", "--", "origin", git.address);
  if (narrow !== "") await git.run("sparse-checkout", "set", "--cone", "--", narrow);
  const fetched = await fetchWanted({ wanted, source, extent }, git);
  const commit = await git.run("rev-parse", "--verify", `${fetched}^{commit}`);
  assertChecksum(source, [await git.run("rev-parse", "--verify", fetched), commit]);
  const shown = await git.attempt("checkout", "--quiet", "--detach", commit);
  if (shown.kind === "failed" && narrow === "") throw git.failure(shown.complaint);
  if (shown.kind === "failed" || !isDirectory(directory, narrow)) return undefined;
  if (source.submodules !== false && existsSync(join(directory, ".gitmodules"))) {
    await fetchSubmodules(git, extent);
  }
  await rm(join(directory, ".git", "FETCH_HEAD"), { force: true });
  const committed = Number(await git.run("show", "--no-patch", "--format=%ct", commit));
  return { commit, committed };
}

/** Whether `path` leads to a directory without links. */
function isDirectory(root: string, path: string): boolean {
  const place = join(root, path);
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
  return realpathSync(place) === join(realpathSync(root), path);
}

async function fetchSubmodules(
  git: GitProgram,
  { depth, directory, narrow }: CheckoutExtent,
): Promise<void> {
  const update = ["submodule", "update", "--quiet", "--init", "--recursive"];
  const only = narrow === "" ? [] : ["--", narrow];
  if (depth > 0) {
    const shallow = await git.attempt(...update, `--depth=${depth}`, ...only);
    if (shallow.kind === "done") return;
    if (!needsHistory.test(shallow.complaint)) throw git.failure(shallow.complaint);
    await git.run("submodule", "deinit", "--quiet", "--all", "--force");
    await rm(join(directory, ".git", "modules"), { recursive: true, force: true });
  }
  await git.run(...update, ...only);
}

/** What is to be fetched: a ref by its whole name, or a commit by its id alone. */
type Wanted = RemoteRef | { readonly name: undefined; readonly id: string };

export async function findWanted(source: GitSource, git: GitProgram): Promise<Wanted> {
  const { ref, checksum = "", fetchByCommit } = source;
  if (ref !== undefined && isCommitId(ref)) return { name: undefined, id: ref };
  if (fetchByCommit) {
    if (isCommitId(checksum)) return { name: undefined, id: checksum };
    throw new DockerfileError("DOCKERFILE_INVALID", "fetch-by-commit needs the whole commit id", {
      hint: "Add commit=ID to the query, with all digits",
    });
  }
  const name = ref ?? "HEAD";
  const found = chooseRef(await git.run("ls-remote", "--symref", "--", git.address, name), name);
  if (found !== undefined) return found;
  throw new ContextError(
    "CONTEXT_SOURCE_NOT_FOUND",
    `repository ${git.address} does not contain ref ${name}`,
    { hint: "Name a branch, a tag, or a commit by all digits of its id" },
  );
}

interface Fetch {
  readonly wanted: Wanted;
  readonly source: GitSource;
  readonly extent: CheckoutExtent;
}

/** Gives the name that what was wanted has in the repository now. */
async function fetchWanted({ wanted, source, extent }: Fetch, git: GitProgram): Promise<string> {
  const { id, name } = wanted;
  const local = name === "HEAD" ? "refs/remotes/origin/HEAD" : name;
  const refspec = local === undefined ? id : `+${name}:${local}`;
  const filter = extent.narrow === "" ? [] : ["--filter=blob:none"];
  const fetch = ["fetch", "--quiet", "--no-tags", "--update-head-ok", ...filter];
  const depth = extent.depth === 0 ? [] : [`--depth=${extent.depth}`];
  const shallow = await git.attempt(...fetch, ...depth, "--", "origin", refspec);
  if (shallow.kind === "done") return local ?? id;
  if (!needsHistory.test(shallow.complaint)) throw git.failure(shallow.complaint);
  const everything = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
  const near = source.ref?.startsWith("refs/") === true ? [`+${source.ref}:refs/near`] : [];
  const all = local === undefined ? [...everything, ...near] : [refspec];
  await git.run(...fetch, "--", "origin", ...all);
  return local ?? id;
}

/** Servers that hand out no single commits, and those that only serve files. */
const needsHistory =
  /unadvertised object|not our ref|shallow|direct fetching of that commit failed/i;

function assertChecksum({ checksum }: GitSource, ids: readonly string[]): void {
  if (checksum === undefined || ids.some((id) => id.startsWith(checksum))) return;
  const found = [...new Set(ids)].join(" or ");
  throw new ContextError(
    "CONTEXT_CHECKSUM_MISMATCH",
    `expected checksum to match ${checksum}, got ${found}`,
  );
}
