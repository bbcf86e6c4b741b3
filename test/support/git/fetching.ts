import { parseContextSource } from "../../../src/context/context-source.ts";
import type { GitAccess } from "../../../src/context/git/access.ts";
import { fetchGit, type GitFiles } from "../../../src/context/git/fetch-git.ts";
import type { RemoteAccess } from "../../../src/context/remote-access.ts";
import { makeRemoteAccess } from "../remote-access.ts";
import type { TemporaryDirectory } from "../temporary-directory.ts";
import { someTime } from "../tree.ts";

/** What a fetch is to differ in. */
export interface FetchSettings {
  /** What git may use for a context; nothing of the user's where not given. */
  readonly git?: Partial<GitAccess>;
  readonly access?: Partial<RemoteAccess>;
  /** Whether the user named it, and not a Dockerfile. Default true. */
  readonly isContext?: boolean;
  /** Of the process, beside PATH. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Fetches a repository, as a build context where nothing else is said. */
export async function fetchAsContext(
  temporary: TemporaryDirectory,
  location: string,
  { git = {}, access = {}, isContext = true, variables = {} }: FetchSettings = {},
): Promise<GitFiles> {
  const source = parseContextSource(location);
  if (source.kind !== "git") throw new Error(`${location} is no repository`);
  const environment = { PATH: process.env["PATH"], ...variables };
  const remoteAccess = await makeRemoteAccess(temporary, {
    environment,
    ...(isContext ? { git: { homes: [], takesVariables: true, ...git } } : {}),
    ...access,
  });
  return fetchGit(source.source, remoteAccess, someTime);
}
