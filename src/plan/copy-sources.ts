import { type GitSource, parseGitUrl } from "../dockerfile/git-url.ts";
import type { AddInstruction } from "../dockerfile/instruction.ts";
import { DockerfileError } from "../errors/dockerfile-error.ts";
import { type Digest, isDigest } from "../image/digest.ts";

/** Where a source of ADD is, by its form. */
export type AddSource =
  | { readonly kind: "git"; readonly git: GitSource }
  | { readonly kind: "http"; readonly url: string; readonly checksum: Digest | undefined }
  | { readonly kind: "local"; readonly path: string };

/**
 * Tells where the sources of an ADD are, and what its flags say of them.
 *
 * @throws DOCKERFILE_INVALID when `--checksum` or `--keep-git-dir` do not go with them.
 */
export function readAddSources(
  sources: readonly string[],
  instruction: AddInstruction,
  checksum: string | undefined,
): AddSource[] {
  if (checksum !== undefined && sources.length !== 1) {
    throw invalid("checksum can't be specified for multiple sources");
  }
  return sources.map((source) => {
    const git = parseGitUrl(source);
    if (git !== undefined && !git.isAmbiguous) {
      return { kind: "git", git: withFlags(git, instruction, checksum) };
    }
    if (/^https?:\/\//.test(source)) {
      return { kind: "http", url: source, checksum: parseChecksum(checksum) };
    }
    if (checksum !== undefined) throw invalid("checksum requires HTTP(S) or Git sources");
    return { kind: "local", path: source };
  });
}

/**
 * Checks that the sources of a COPY are paths by their form; `github.com/...` is one.
 *
 * @throws DOCKERFILE_INVALID
 */
export function assertPaths(sources: readonly string[]): void {
  for (const source of sources) {
    const git = parseGitUrl(source);
    const isGit = git !== undefined && !git.isAmbiguous;
    if (!isGit && !/^https?:\/\//.test(source)) continue;
    const what = isGit ? "a git ref" : "a URL";
    throw invalid(`source can't be ${what} for COPY`, "Use ADD for URLs and repositories");
  }
}

function withFlags(
  git: GitSource,
  { keepGitDir }: AddInstruction,
  checksum: string | undefined,
): GitSource {
  if (keepGitDir !== undefined && git.keepGitDir !== undefined && keepGitDir !== git.keepGitDir) {
    throw invalid("inconsistent keep-git-dir configuration");
  }
  if (checksum !== undefined && git.checksum !== undefined && checksum !== git.checksum) {
    throw invalid(
      `checksum mismatch ${JSON.stringify(checksum)} != ${JSON.stringify(git.checksum)}`,
    );
  }
  return {
    ...git,
    keepGitDir: git.keepGitDir ?? keepGitDir,
    checksum: git.checksum ?? checksum,
  };
}

function parseChecksum(checksum: string | undefined): Digest | undefined {
  if (checksum === undefined || (isDigest(checksum) && checksum.startsWith("sha256:"))) {
    return checksum;
  }
  throw invalid("invalid checksum digest format", "Write sha256: and 64 lower-case hex digits");
}

function invalid(message: string, hint?: string): DockerfileError {
  return new DockerfileError("DOCKERFILE_INVALID", message, hint === undefined ? {} : { hint });
}
