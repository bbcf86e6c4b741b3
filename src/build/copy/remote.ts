import { fetchGit } from "../../context/git-source.ts";
import { fetchHttp, fileNameOf } from "../../context/http-source.ts";
import type { RemoteAccess } from "../../context/remote-access.ts";
import { type GitSource, parseGitUrl } from "../../dockerfile/git-url.ts";
import type { AddInstruction } from "../../dockerfile/instruction.ts";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { FileTree } from "../../filetree/tree.ts";
import { type Digest, isDigest } from "../../image/digest.ts";
import type { StepScope } from "../scope.ts";

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
