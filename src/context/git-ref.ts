/** A whole commit id: of SHA-1, or of SHA-256. */
export const commitId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** A ref of a remote repository. */
export interface RemoteRef {
  /** The whole name, such as `refs/tags/v1`. */
  readonly name: string;
  /** What it points to: a commit, or an annotated tag. */
  readonly id: string;
}

/**
 * Finds the ref that `name` stands for in what `git ls-remote` printed: below `refs/` as written,
 * else a branch, else a tag (reference: BuildKit's git source).
 */
export function chooseRef(listing: string, name: string): RemoteRef | undefined {
  const refs = new Map<string, string>();
  for (const line of listing.split("\n")) {
    const [id = "", ref = ""] = line.split("\t");
    if (commitId.test(id)) refs.set(ref, id);
  }
  const candidates = ["refs/", "refs/heads/", "refs/tags/"].map((prefix) =>
    name.startsWith(prefix) ? name : prefix + name,
  );
  for (const candidate of name === "HEAD" ? ["HEAD"] : candidates) {
    const id = refs.get(candidate);
    if (id !== undefined) return { name: candidate, id };
  }
  return undefined;
}
