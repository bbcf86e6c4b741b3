import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../../log/logger.ts";
import type { GitProgram } from "./program.ts";
import type { Setting } from "./user-settings.ts";

/** As `git lfs install` sets them. Without them git-lfs replaces no files. */
const settings: readonly Setting[] = [
  ["filter.lfs.clean", "git-lfs clean -- %f"],
  ["filter.lfs.smudge", "git-lfs smudge -- %f"],
  ["filter.lfs.process", "git-lfs filter-process"],
  ["filter.lfs.required", "true"],
  ["lfs.locksverify", "false"],
];

export interface CheckedOutPart {
  /** Where the repository is checked out; absolute. */
  readonly directory: string;
  /** The only directory in it that is there; the empty string is all of it. */
  readonly narrow: string;
}

/**
 * Brings what git holds a pointer for only (https://git-lfs.com), in submodules too, by git-lfs. Where that is not there,
 * the pointers stay, and the log warns of them.
 *
 * @throws CONTEXT_UNREACHABLE, CONTEXT_REFUSED, or the signal's reason
 */
export async function fetchLargeFiles(
  git: GitProgram,
  { directory, narrow }: CheckedOutPart,
  log: Logger,
): Promise<void> {
  for (const module of ["", ...(await modulesIn(git, directory))]) {
    const part = module === "" ? narrow : "";
    const at = module === "" ? [] : ["-C", module];
    const pattern = `:(top,attr:filter=lfs)${part}`;
    const listed = await git.run(...at, "ls-files", "-z", "--", pattern);
    const files = listed.split("\0").filter((name) => name !== "");
    if (files.length === 0) continue;
    const include = part === "" ? [] : [`--include=${part}`];
    const pulled = await git.attemptWith(settings, [...at, "lfs", "pull", ...include]);
    if (pulled.kind === "done") continue;
    if (!/'lfs' is not a git command/.test(pulled.complaint)) throw git.failure(pulled.complaint);
    log.warn("files of Git LFS are pointers only, since there is no git-lfs here", {
      repository: git.address,
      files: files.length,
      first: join(module, files[0] ?? ""),
      remedy: "put git-lfs into the PATH of slipway, in an image with a shell",
    });
  }
}

/** The submodules that are checked out, with those below them. */
async function modulesIn(git: GitProgram, directory: string, above = ""): Promise<string[]> {
  if (!existsSync(join(directory, above, ".gitmodules"))) return [];
  const list = ["config", "--file", join(directory, above, ".gitmodules"), "--null"];
  const found = await git.attempt(...list, "--get-regexp", "^submodule\\..*\\.path$");
  if (found.kind !== "done") return [];
  const modules: string[] = [];
  for (const entry of found.output.split("\0")) {
    const path = join(above, entry.split("\n")[1] ?? "");
    if (entry === "" || !isModule(directory, path)) continue;
    modules.push(path, ...(await modulesIn(git, directory, path)));
  }
  return modules;
}

/** Whether a repository is at a path that does not lead elsewhere. */
function isModule(directory: string, path: string): boolean {
  const place = join(directory, path);
  return (
    existsSync(join(place, ".git")) &&
    realpathSync(place) === join(realpathSync(directory), path) &&
    !path.startsWith("..")
  );
}
