import type { GitAccess } from "../context/git/access.ts";
import type { GitSource } from "../dockerfile/git-url.ts";
import { parseBoolean } from "../dockerfile/parse-boolean.ts";
import type { SourceOptions } from "./build-options.ts";
import type { Environment } from "./host.ts";

/** Where Tekton puts what Secrets of the service account say, also where HOME cannot be written to. */
const tektonHome = "/tekton/creds";

/**
 * The repository that is the build context, as flags and environment have it: `--git`, BuildKit's build argument
 * `BUILDKIT_CONTEXT_KEEP_GIT_DIR`, and kaniko's meaning of `git://`.
 */
export function settleGitContext(
  source: GitSource,
  { buildArgs, context: { git } }: Pick<SourceOptions, "buildArgs" | "context">,
  environment: Environment,
): GitSource {
  return {
    ...source,
    remote: pulledBy(environment["GIT_PULL_METHOD"], source.remote),
    ref: source.ref ?? git.branch,
    submodules: source.submodules ?? git.submodules,
    keepGitDir:
      source.keepGitDir ?? parseBoolean(buildArgs.get("BUILDKIT_CONTEXT_KEEP_GIT_DIR") ?? ""),
  };
}

/**
 * `git://HOST/...` is fetched over https, or http where GIT_PULL_METHOD says so, as kaniko does: hosts do not speak
 * git's own protocol any more. With a port, and with the method `git`, it is what it says.
 */
function pulledBy(method: string | undefined, remote: string): string {
  const [, authority, path = ""] = /^git:\/\/([^/]*)(.*)$/is.exec(remote) ?? [];
  if (authority === undefined || method === "git") return remote;
  const isGiven = method === "http" || method === "https";
  if (!isGiven && /:\d+$/.test(authority)) return remote;
  return `${method === "http" ? "http" : "https"}://${authority}${path}`;
}

/** What git may use for the build context. */
export function contextGitAccess(
  { context, dockerfile }: Pick<SourceOptions, "context" | "dockerfile">,
  environment: Environment,
): GitAccess {
  const { depth, skipsTlsVerify } = context.git;
  // Such a Dockerfile may lie anywhere in the repository.
  const isOutside = dockerfile.split("/").includes("..");
  return {
    homes: homesIn(environment),
    takesVariables: true,
    depth,
    skipsTlsVerify,
    within: isOutside ? "" : context.subPath,
  };
}

/** What git may use for a repository that `--build-context` names. kaniko's variables are for the context only. */
export function namedGitAccess(environment: Environment): GitAccess {
  return { homes: homesIn(environment), takesVariables: false };
}

function homesIn(environment: Environment): readonly string[] {
  return [...new Set([tektonHome, environment["HOME"] ?? ""])].filter((home) => home !== "");
}
