import type { Spool } from "../layer/spool.ts";
import type { Logger } from "../log/logger.ts";
import type { RetryPolicy } from "../support/retry.ts";
import type { Secrets } from "./authorization.ts";
import type { GitAccess } from "./git/access.ts";

/** What fetching something from another machine needs. */
export interface RemoteAccess {
  /** Where downloaded files go. */
  readonly spool: Spool;
  /** An existing directory, absolute, in which repositories are checked out. */
  readonly workDirectory: string;
  /**
   * Variables of the process: proxies (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`, in either case), and for git also
   * `PATH` and certificates.
   */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Secrets of the build by id; some are credentials. */
  readonly secrets?: Secrets;
  /** Absolute path of the socket of the agent that ssh may use. */
  readonly sshAgent?: string | undefined;
  /** What git may use besides, for a repository that the user of slipway names. */
  readonly git?: GitAccess;
  /** What requests say who they come from. */
  readonly userAgent: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Default: six attempts over about 15 seconds. */
  readonly retry?: RetryPolicy;
}
