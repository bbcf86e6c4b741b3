import { basename } from "node:path";
import { type GitSource, parseGitUrl } from "../dockerfile/git-url.ts";
import { ContextError } from "../errors/context-error.ts";
import { InternalError } from "../errors/internal-error.ts";
import { type Digest, isDigest } from "../image/digest.ts";
import { type BucketSource, parseBucketSource } from "./buckets/bucket-source.ts";
import { isCommitId } from "./git/ref.ts";

/** Where a build context comes from. */
export type ContextSource =
  /** A directory of this machine, used in place. */
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "archive"; readonly path: string }
  | { readonly kind: "stdin" }
  | { readonly kind: "http"; readonly url: URL; readonly checksum: Digest | undefined }
  | { readonly kind: "git"; readonly source: GitSource }
  | { readonly kind: "bucket"; readonly source: BucketSource };

/**
 * Reads what `--context` says: a path, `dir://PATH`, `tar://FILE`, `tar://stdin` or `-`, a git repository
 * (`git://`, `ssh://`, `user@host:path`, `file://`, `https://HOST/PATH.git`), an archive at an `http` or `https` address, with
 * `#sha256=HEX` behind it, or what is in a bucket (`parseBucketSource`).
 *
 * @throws CONTEXT_UNSUPPORTED for other schemes, DOCKERFILE_INVALID for a git URL that is none.
 */
export function parseContextSource(location: string): ContextSource {
  const local = localSourceOf(location);
  if (local !== undefined) return local;
  const bucket = parseBucketSource(location);
  if (bucket !== undefined) return { kind: "bucket", source: bucket };
  const git = parseGitUrl(location);
  if (git !== undefined && !git.isAmbiguous) return { kind: "git", source: withCommit(git) };
  if (/^https?:/i.test(location)) return httpSource(location);
  throw new ContextError(
    "CONTEXT_UNSUPPORTED",
    `the build context ${location} has a scheme that slipway does not know`,
    { hint: "Use a directory, tar://, a git repository, an https address, or s3:// or gs://" },
  );
}

/** What this machine, or whoever started the process, has. */
function localSourceOf(location: string): ContextSource | undefined {
  if (location === "-" || location === "tar://stdin") return { kind: "stdin" };
  const [scheme, rest = location] = splitScheme(location);
  switch (scheme) {
    case "dir":
      return { kind: "directory", path: rest };
    case "tar":
      return { kind: "archive", path: rest };
    case "file":
      return { kind: "git", source: localRepository(location) };
    case undefined: {
      const isAddress = /^[\w.-]+@[\w.-]+:/.test(location);
      return isAddress ? undefined : { kind: "directory", path: location };
    }
    default:
      return undefined;
  }
}

/** kaniko's `#refs/heads/main#COMMIT`: the commit is what is meant. */
function withCommit(source: GitSource): GitSource {
  const [ref = "", commit = ""] = source.ref?.split("#") ?? [];
  if (commit === "") return source;
  return {
    ...source,
    ref: ref === "" ? undefined : ref,
    checksum: commit,
    fetchByCommit: isCommitId(commit),
  };
}

/** A repository of this machine, which BuildKit does not know; what is behind the path means the same. */
function localRepository(location: string): GitSource {
  const [remote = ""] = location.split(/[?#]/, 1);
  const source = parseGitUrl(`ssh://git@localhost/repository.git${location.slice(remote.length)}`);
  if (source === undefined) throw new InternalError("a git URL is none");
  return { ...source, remote, shortName: basename(remote, ".git") };
}

function splitScheme(location: string): readonly string[] {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(location);
  return match === null ? [] : [(match[1] ?? "").toLowerCase(), match[2] ?? ""];
}

function httpSource(location: string): ContextSource {
  if (!URL.canParse(location)) {
    throw new ContextError("CONTEXT_UNSUPPORTED", `the build context ${location} is no URL`);
  }
  const url = new URL(location);
  const checksum = url.hash.replace(/^#sha256=/, "sha256:");
  url.hash = "";
  if (checksum === "") return { kind: "http", url, checksum: undefined };
  if (isDigest(checksum)) return { kind: "http", url, checksum };
  throw new ContextError("CONTEXT_UNSUPPORTED", `${url.href} has no checksum behind its #`, {
    hint: "Write #sha256= and 64 hexadecimal digits",
  });
}
