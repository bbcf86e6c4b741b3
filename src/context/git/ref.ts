/** Whether `text` is a whole commit id: of SHA-1, or of SHA-256. */
export function isCommitId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** A ref of a remote repository. */
export interface RemoteRef {
  /** The whole name, such as `refs/tags/v1`. */
  readonly name: string;
  /** What it points to: a commit, or an annotated tag. */
  readonly id: string;
}

/**
 * Finds the ref that `name` stands for in what `git ls-remote --symref` printed: below `refs/` as
 * written, else a branch, else a tag (reference: BuildKit's git source). `HEAD` is the branch that
 * it leads to.
 */
export function chooseRef(listing: string, name: string): RemoteRef | undefined {
  const refs = new Map<string, string>();
  let head = "HEAD";
  for (const line of listing.split("\n")) {
    const [value = "", ref = ""] = line.split("\t");
    if (isCommitId(value)) refs.set(ref, value);
    else if (ref === "HEAD" && value.startsWith("ref: refs/")) head = value.slice("ref: ".length);
  }
  if (name === "HEAD") return named(head, refs.get("HEAD"));
  for (const prefix of ["refs/", "refs/heads/", "refs/tags/"]) {
    const candidate = name.startsWith(prefix) ? name : prefix + name;
    const found = named(candidate, refs.get(candidate));
    if (found !== undefined) return found;
  }
  return undefined;
}

function named(name: string, id: string | undefined): RemoteRef | undefined {
  return id === undefined ? undefined : { name, id };
}
