/**
 * What git may use besides secrets of the build. It is for repositories that the user of slipway names: one that
 * a Dockerfile names gets none of it, or whoever writes the Dockerfile could read what the pod can.
 */
export interface GitAccess {
  /** Where `.gitconfig`, `.git-credentials` and `.ssh` are looked for; absolute, the first counts most. */
  readonly homes: readonly string[];
  /** Whether `GIT_TOKEN`, `GIT_USERNAME` and `GIT_PASSWORD` of the environment are for this repository. */
  readonly takesVariables: boolean;
  /** Commits of history to fetch; 0 is all. Default 1. */
  readonly depth?: number | undefined;
  /** Whether the server's certificate may be anything. */
  readonly skipsTlsVerify?: boolean;
  /** The only directory below what the source means that is used; the empty string is all of it. */
  readonly within?: string;
}
