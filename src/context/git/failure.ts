import { ContextError } from "../../errors/context-error.ts";
import type { Login } from "./logins.ts";

/** What git said no to. */
export interface FailedCommand {
  /** The repository; without credentials. */
  readonly address: string;
  readonly complaint: string;
  /** What was shown to its server. */
  readonly login: Login | undefined;
  /** Whether the user of slipway named the repository, and not a Dockerfile. */
  readonly isContext: boolean;
}

/** The error for what git complained of: CONTEXT_UNREACHABLE where trying again may help, else CONTEXT_REFUSED. */
export function gitFailure(failed: FailedCommand): ContextError {
  const { address, complaint, login } = failed;
  const retryable = transient.test(complaint) && !isLoginRefused(complaint);
  const code = retryable ? "CONTEXT_UNREACHABLE" : "CONTEXT_REFUSED";
  const hint = hintFor(failed);
  const reason =
    isLoginRefused(complaint) && login !== undefined
      ? `its server refuses the credentials of ${login.from}`
      : reasonOf(complaint);
  return new ContextError(code, `git cannot fetch ${address}: ${reason}`, {
    retryable,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Whether the server wants other credentials, or any. */
export function isLoginRefused(complaint: string): boolean {
  return /could not read (?:username|password)|authentication failed|returned error: 401/i.test(
    complaint,
  );
}

/** Said by git after every failure of ssh, which has said before what it was. */
const boilerplate =
  /^(?:warning: |hint: |remote: *$|please make sure you have the correct access rights|and the repository exists|@)/i;

function reasonOf(complaint: string): string {
  const lines = complaint.split("\n").map((line) => line.trim());
  const said = lines.filter((line) => line !== "" && !boilerplate.test(line));
  const last = said.length > 1 ? said.filter((line) => !emptyEnd.test(line)) : said;
  return (last.length === 0 ? lines : last).slice(-3).join("; ").slice(0, 1000);
}

const emptyEnd = /^fatal: (?:could not read from remote repository|the remote end hung up)/i;

const transient =
  /could not resolve host|unable to look up|failed to connect|unable to connect|temporary failure|connection (?:refused|reset|timed out|closed)|timed out|took longer|hung up|early EOF|unexpected disconnect|RPC failed|returned error: (?:408|429|5\d\d)|remote end closed/i;

const contextToken =
  "If it is private, give GIT_TOKEN, GIT_USERNAME and GIT_PASSWORD, or ~/.git-credentials";
const dockerfileToken = "If it is private, give a token with --secret id=GIT_AUTH_TOKEN,src=FILE";
const contextKey = "Give a key that its host knows in ~/.ssh, or an agent with --ssh default";
const dockerfileKey = "Give an agent that holds a key with --ssh default";

const refusedLogin = "Check that they are still valid, and may read the repository";

function hintFor({ complaint, isContext, login }: FailedCommand): string | undefined {
  const token = isContext ? contextToken : dockerfileToken;
  const hints: readonly (readonly [RegExp, string])[] = [
    [
      /host identification has changed/i,
      "Ask who owns the host whether its key has changed, and put it into ~/.ssh/known_hosts",
    ],
    [
      /host key verification failed/i,
      "Put the key of the host, as its owner says it, into ~/.ssh/known_hosts",
    ],
    [/permission denied \(/i, isContext ? contextKey : dockerfileKey],
    [
      /certificate|ssl|tls/i,
      "Name its authority with SSL_CERT_FILE or NODE_EXTRA_CA_CERTS; --git insecure-skip-tls=true trusts anybody",
    ],
    [
      /repository '.*' not found|does not appear to be a git repository|not exported|returned error: 404|no such file or directory/i,
      "Check the repository's path; hosts hide private ones from who shows no credentials",
    ],
    [/returned error: 403/i, token],
    [
      /transport '.*' not allowed/i,
      "A submodule has such an address; submodules=false in the query leaves submodules out",
    ],
    [/could not resolve host|unable to look up/i, "Check the name of the host"],
  ];
  if (isLoginRefused(complaint)) return login === undefined ? token : refusedLogin;
  return hints.find(([pattern]) => pattern.test(complaint))?.[1];
}
