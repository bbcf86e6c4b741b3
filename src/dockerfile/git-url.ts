import { DockerfileError } from "../errors/dockerfile-error.ts";
import { type GitRemote, parseGitRemote, parseUrl } from "./git-remote.ts";
import { cleanPath } from "./ignore/clean-path.ts";
import { parseBoolean } from "./parse-boolean.ts";
import { quote } from "./quote.ts";

/** A git repository as build context or source of ADD. */
export interface GitSource {
  /** What git is to fetch from. */
  readonly remote: string;
  /** The repository's name: the last part of its path without `.git`. */
  readonly shortName: string;
  /** Branch, tag or commit; undefined for the default branch. */
  readonly ref: string | undefined;
  /** The commit that must be there, or its beginning. */
  readonly checksum: string | undefined;
  /** The directory in the repository that is meant; not cleaned if it comes from the query. */
  readonly subdirectory: string | undefined;
  /** Whether it could be a local path as well: `github.com/...` without a scheme. */
  readonly isAmbiguous: boolean;
  /** Whether it travels in clear text. */
  readonly isUnencrypted: boolean;
  readonly keepGitDir: boolean | undefined;
  readonly submodules: boolean | undefined;
  /** The files' modification time: that of the checkout, or of the commit. */
  readonly mtime: "checkout" | "commit" | undefined;
  readonly fetchByCommit: boolean;
}

const ambiguousHost = "github.com/";

/**
 * Reads a git URL: `https://host/repository.git`, `git://`, `ssh://` or `user@host:path`, with
 * `#ref:subdirectory` or a query behind it. `http` and `https` mean git only with a path that ends
 * in `.git`.
 * @returns undefined where `text` does not mean git
 * @throws DOCKERFILE_INVALID for a query that is not known or contradicts itself or the fragment
 */
export function parseGitUrl(text: string): GitSource | undefined {
  const isAmbiguous = text.startsWith(ambiguousHost);
  const url = isAmbiguous ? parseUrl("https", text) : parseGitRemote(text);
  if (url === undefined || (!isAmbiguous && !meansGit(url))) return undefined;
  const remote = isAmbiguous ? url.remote.slice("https://".length) : url.remote;
  const [ref, subdirectory] = splitFragment(url.fragment);
  return {
    remote,
    shortName: remote.slice(remote.lastIndexOf("/") + 1).replace(/\.git$/, ""),
    isAmbiguous,
    isUnencrypted: url.scheme === "http" || url.scheme === "git",
    ...readQuery(url.query, { ref, subdirectory }),
  };
}

/** Writes a source as `remote#ref:subdirectory`. */
export function formatGitSource({ remote, ref, subdirectory }: GitSource): string {
  const below = cleanSubdirectory(subdirectory ?? "");
  const fragment = (ref ?? "") + (below === "" ? "" : `:${below}`);
  return fragment === "" ? remote : `${remote}#${fragment}`;
}

/** The ref and the directory that a fragment names; the directory cannot lead out. */
export function splitFragment(fragment: string): [string | undefined, string | undefined] {
  const colon = fragment.indexOf(":");
  const ref = colon < 0 ? fragment : fragment.slice(0, colon);
  const subdirectory = colon < 0 ? "" : cleanSubdirectory(fragment.slice(colon + 1));
  return [ref === "" ? undefined : ref, subdirectory === "" ? undefined : subdirectory];
}

function cleanSubdirectory(path: string): string {
  return cleanPath(`/${path}`).slice(1);
}

function meansGit({ scheme, path }: GitRemote): boolean {
  return scheme === "ssh" || scheme === "git" || path.endsWith(".git");
}

type QueryValues = Pick<
  GitSource,
  "checksum" | "fetchByCommit" | "keepGitDir" | "mtime" | "ref" | "subdirectory" | "submodules"
>;

const textKeys = ["ref", "tag", "branch", "subdir", "checksum", "commit", "mtime"];
const booleanKeys = ["keep-git-dir", "submodules", "fetch-by-commit"];

function readQuery(
  query: GitRemote["query"],
  fragment: Pick<GitSource, "ref" | "subdirectory">,
): QueryValues {
  const values = new Map<string, string>();
  for (const [name, value] of query) {
    const named = query.filter(([other]) => other === name);
    if (named.length > 1) throw invalid(`query ${quote(name)} has multiple values`);
    if (value === "" && !booleanKeys.includes(name)) {
      throw invalid(`query ${quote(name)} has no value`);
    }
    if (!textKeys.includes(name) && !booleanKeys.includes(name)) {
      throw invalid(`unexpected query ${quote(name)}`);
    }
    values.set(name, value);
  }
  return {
    ref: readRef(values, fragment.ref),
    subdirectory: agree("subdir", fragment.subdirectory, values.get("subdir")),
    checksum: values.get("checksum") ?? values.get("commit"),
    mtime: readMtime(values.get("mtime")),
    keepGitDir: readBoolean(values, "keep-git-dir"),
    submodules: readBoolean(values, "submodules"),
    fetchByCommit: readBoolean(values, "fetch-by-commit") ?? false,
  };
}

function readRef(
  values: ReadonlyMap<string, string>,
  fromFragment: string | undefined,
): string | undefined {
  const tag = withPrefix("refs/tags/", values.get("tag"));
  const branch = withPrefix("refs/heads/", values.get("branch"));
  const named = agree("ref", fromFragment, values.get("ref"));
  if (tag !== undefined && branch !== undefined) throw invalid("branch conflicts with tag");
  return agree("ref", named, tag ?? branch);
}

function withPrefix(prefix: string, name: string | undefined): string | undefined {
  return name === undefined || name.startsWith(prefix) ? name : prefix + name;
}

/** The value that both give, or the one that is given. */
function agree(
  what: string,
  first: string | undefined,
  second: string | undefined,
): string | undefined {
  if (first !== undefined && second !== undefined && first !== second) {
    throw invalid(`${what} conflicts: ${quote(first)} vs ${quote(second)}`);
  }
  return first ?? second;
}

function readMtime(value: string | undefined): GitSource["mtime"] {
  if (value === undefined || value === "checkout" || value === "commit") return value;
  throw invalid(`invalid mtime value: ${quote(value)} (must be "checkout" or "commit")`);
}

function readBoolean(values: ReadonlyMap<string, string>, key: string): boolean | undefined {
  const text = values.get(key);
  if (text === undefined || text === "") return text === undefined ? undefined : true;
  const value = parseBoolean(text);
  if (value === undefined) throw invalid(`invalid ${key} value: ${quote(text)}`);
  return value;
}

function invalid(message: string): DockerfileError {
  return new DockerfileError("DOCKERFILE_INVALID", message);
}
