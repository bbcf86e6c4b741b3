import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { git } from "./http-server.ts";

/** A bare repository that servers may hand out. */
export interface TestRepository {
  /** Its parent, which is what a server serves; it has nothing else. */
  readonly parent: string;
  /** The bare repository, called `app.git`. */
  readonly bare: string;
  /** Where commits are made and pushed from. */
  readonly work: string;
  /** Id of the first commit. */
  readonly commit: string;
}

/** Makes one below `directory` with these files, by path, on the branch `main`. */
export async function makeTestRepository(
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<TestRepository> {
  const work = path.join(directory, "authored");
  const parent = path.join(directory, "served");
  const bare = path.join(parent, "app.git");
  await mkdir(work, { recursive: true });
  await git(work, ["init", "--quiet", "--initial-branch=main"]);
  await git(directory, ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  await git(work, ["remote", "add", "origin", bare]);
  const commit = await commitFiles(work, files);
  await git(work, ["push", "--quiet", "origin", "main"]);
  return { parent, bare, work, commit };
}

/** Commits files on the branch that is checked out in `work`, and gives the commit's id. */
export async function commitFiles(
  work: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(work, name)), { recursive: true });
    await writeFile(path.join(work, name), text);
  }
  await git(work, ["add", ...Object.keys(files)]);
  await git(work, ["commit", "--quiet", "--message=change"]);
  return git(work, ["rev-parse", "HEAD"]);
}

/** Settings for a bare repository. */
export function configure(bare: string, key: string, value: string): void {
  execFileSync("git", ["-C", bare, "config", key, value]);
}
