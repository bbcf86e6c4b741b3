import { isGitTransport, parseGitRemote } from "../../src/dockerfile/git-remote.ts";
import { formatGitSource, parseGitUrl, splitFragment } from "../../src/dockerfile/git-url.ts";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import { checkCases, type VectorCase } from "./check-cases.ts";
import { loadVectors } from "./vectors.ts";

interface GitUrlCase extends VectorCase {
  readonly input: string;
  readonly isGit: boolean;
  readonly isGitTransport: boolean;
  readonly error?: string;
  readonly gitRef?: object;
  readonly fragmentFormat?: string;
  readonly fragmentFormatNoSubdir?: string;
  readonly url?: object;
}

const vectors = loadVectors<GitUrlCase>("giturl");

describe("vectors/giturl", () => {
  if (vectors === undefined) it("has no vectors here; own cases are in dockerfile/git-url");
  else {
    it(`reads ${vectors.cases.length} git URLs as the reference does`, () => {
      checkCases(vectors.cases, readSource, ({ isGit, ...vector }) => {
        const { error, gitRef, fragmentFormat, fragmentFormatNoSubdir } = vector;
        if (!isGit) return { isGit };
        return { isGit, error, gitRef, fragmentFormat, fragmentFormatNoSubdir };
      });
    });

    it("takes them apart as the reference does", () => {
      checkCases(
        vectors.cases,
        ({ input }) => ({ isGitTransport: isGitTransport(input), url: takeApart(input) }),
        (vector) => ({ isGitTransport: vector.isGitTransport, url: vector.url }),
      );
    });
  }
});

function readSource({ input }: GitUrlCase): unknown {
  try {
    const source = parseGitUrl(input);
    if (source === undefined) return { isGit: false };
    return {
      isGit: true,
      gitRef: {
        remote: source.remote,
        shortName: source.shortName,
        ref: source.ref ?? "",
        checksum: source.checksum ?? "",
        subDir: source.subdirectory ?? "",
        indistinguishableFromLocal: source.isAmbiguous,
        unencryptedTCP: source.isUnencrypted,
        keepGitDir: source.keepGitDir ?? null,
        submodules: source.submodules ?? null,
        mtime: source.mtime ?? "",
        fetchByCommit: source.fetchByCommit,
      },
      fragmentFormat: formatGitSource(source),
      fragmentFormatNoSubdir: formatGitSource({ ...source, subdirectory: undefined }),
    };
  } catch (error) {
    if (!isBuilderError(error)) throw error;
    return { isGit: true, error: error.message };
  }
}

function takeApart(input: string): unknown {
  const remote = parseGitRemote(input);
  if (remote === undefined) return undefined;
  const query: Record<string, string[]> = {};
  for (const [name, value] of remote.query) (query[name] ??= []).push(value);
  const [ref = "", subdir = ""] = splitFragment(remote.fragment);
  return {
    scheme: remote.scheme,
    host: remote.host,
    path: remote.path,
    user: remote.user ?? null,
    query: remote.query.length === 0 ? null : query,
    opts: remote.fragment === "" ? null : { ref, subdir },
    remote: remote.remote,
  };
}
