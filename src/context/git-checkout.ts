import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { GitSource } from "../dockerfile/git-url.ts";
import { ContextError } from "../errors/context-error.ts";
import { DockerfileError } from "../errors/dockerfile-error.ts";
import type { GitProgram } from "./git-program.ts";
import { chooseRef, commitId, type RemoteRef } from "./git-ref.ts";

/** What has been checked out. */
export interface CheckedOut {
  /** Id of the commit, whole. */
  readonly commit: string;
  /** When it was committed, seconds since 1970. */
  readonly committed: number;
}

/**
 * Checks out what `source` means into `directory`, which is empty, together with `.git`. There is
 * no history in it where the server can leave it away.
 *
 * @throws CONTEXT_SOURCE_NOT_FOUND when there is no such ref.
 * @throws CONTEXT_CHECKSUM_MISMATCH when the ref is another commit than the checksum says.
 * @throws DOCKERFILE_INVALID for `fetch-by-commit` without a commit, and what `GitProgram` throws.
 */
export async function checkOut(
  source: GitSource,
  git: GitProgram,
  directory: string,
): Promise<CheckedOut> {
  const wanted = await findWanted(source, git);
  const format = wanted.id.length === 64 ? ["--object-format=sha256"] : [];
  await git.run("init", "--quiet", "--template=", "--initial-branch=main", ...format);
  await git.run("remote", "add", "--", "origin", git.address);
  const fetched = await fetchWanted(wanted, git);
  const commit = await git.run("rev-parse", "--verify", `${fetched}^{commit}`);
  assertChecksum(source, [await git.run("rev-parse", "--verify", fetched), commit]);
  await git.run("checkout", "--quiet", "--detach", commit);
  if (source.submodules !== false && existsSync(join(directory, ".gitmodules"))) {
    await git.run("submodule", "update", "--quiet", "--init", "--recursive", "--depth=1");
  }
  await rm(join(directory, ".git", "FETCH_HEAD"), { force: true });
  const committed = Number(await git.run("show", "--no-patch", "--format=%ct", commit));
  return { commit, committed };
}

/** What is to be fetched: a ref by its whole name, or a commit by its id alone. */
type Wanted = RemoteRef | { readonly name: undefined; readonly id: string };

async function findWanted(source: GitSource, git: GitProgram): Promise<Wanted> {
  const { ref, checksum = "", fetchByCommit } = source;
  if (ref !== undefined && commitId.test(ref)) return { name: undefined, id: ref };
  if (fetchByCommit) {
    if (commitId.test(checksum)) return { name: undefined, id: checksum };
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

/** Gives the name that what was wanted has in the repository now. */
async function fetchWanted({ name, id }: Wanted, git: GitProgram): Promise<string> {
  const local = name === "HEAD" ? "refs/remotes/origin/HEAD" : name;
  const refspec = local === undefined ? id : `+${name}:${local}`;
  const fetch = ["fetch", "--quiet", "--no-tags", "--update-head-ok"];
  const shallow = await git.attempt(...fetch, "--depth=1", "--", "origin", refspec);
  if (shallow.kind === "done") return local ?? id;
  if (!needsHistory.test(shallow.complaint)) throw git.failure(shallow.complaint);
  const everything = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
  await git.run(...fetch, "--", "origin", ...(local === undefined ? everything : [refspec]));
  return local ?? id;
}

/** Servers that hand out no single commits, and those that only serve files. */
const needsHistory = /unadvertised object|not our ref|shallow/i;

function assertChecksum({ checksum }: GitSource, ids: readonly string[]): void {
  if (checksum === undefined || ids.some((id) => id.startsWith(checksum))) return;
  const found = [...new Set(ids)].join(" or ");
  throw new ContextError(
    "CONTEXT_CHECKSUM_MISMATCH",
    `expected checksum to match ${checksum}, got ${found}`,
  );
}
