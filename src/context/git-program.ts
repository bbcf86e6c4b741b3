import { ContextError } from "../errors/context-error.ts";
import { type ProgramResult, runProgram } from "../support/process.ts";
import { gitAuthorization } from "./authorization.ts";
import { accountVariables } from "./git-account.ts";
import type { RemoteAccess } from "./remote-access.ts";

/** Taken over from our own environment; all else git is told by us. */
const inherited =
  "PATH HOME GIT_EXEC_PATH GIT_SSH GIT_SSH_COMMAND SSL_CERT_FILE SSL_CERT_DIR GIT_SSL_CAINFO GIT_SSL_CAPATH " +
  "http_proxy https_proxy no_proxy all_proxy HTTPS_PROXY NO_PROXY ALL_PROXY";

/** The machine's own configuration says nothing, and nothing is asked. */
const settings: Readonly<Record<string, string>> = {
  LC_ALL: "C",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "",
  SSH_ASKPASS: "",
  SSH_ASKPASS_REQUIRE: "force",
  // Submodules can name any address: not one of a file of this machine, nor a program.
  GIT_ALLOW_PROTOCOL: "git:http:https:ssh",
};

const configuration: Readonly<Record<string, string>> = {
  "core.hooksPath": "/dev/null",
  "core.logAllRefUpdates": "false",
  "advice.detachedHead": "false",
  // In most versions this is a shell script, which the step image lacks, around that command. Git
  // looks for an alias only where there is no such program.
  "alias.submodule": "submodule--helper",
  "gc.auto": "0",
  // Bytes and seconds: a connection that brings less is given up.
  "http.lowSpeedLimit": "1",
  "http.lowSpeedTime": "60",
};

/** No command may take longer, in milliseconds. */
const timeLimitMs = 60 * 60 * 1000;

/** The address of a repository, without what is secret in it. */
export interface Remote {
  /** As git takes it; http and https without user and password. */
  readonly address: string;
  /** The value of an Authorization header. */
  readonly authorization: string | undefined;
}

/**
 * The address of a repository apart from the credentials for it, which must come on no command line
 * and no disk.
 */
export function separateCredentials(address: string, access: RemoteAccess): Remote {
  if (!/^https?:/.test(address) || !URL.canParse(address)) {
    return { address, authorization: undefined };
  }
  const url = new URL(address);
  const authorization = gitAuthorization(url, access.secrets ?? new Map());
  if (url.username === "" && url.password === "") return { address, authorization };
  url.username = "";
  url.password = "";
  return { address: url.href, authorization };
}

/** The git program, working in one directory for one remote repository. */
export class GitProgram {
  readonly #access: RemoteAccess;
  readonly #directory: string;
  readonly #remote: Remote;

  constructor(
    access: RemoteAccess,
    place: { readonly directory: string; readonly remote: Remote },
  ) {
    this.#access = access;
    this.#directory = place.directory;
    this.#remote = place.remote;
  }

  /** Where the remote repository is; without credentials. */
  get address(): string {
    return this.#remote.address;
  }

  /**
   * Runs a git command and gives what it prints.
   *
   * @throws CONTEXT_UNREACHABLE (retryable), CONTEXT_REFUSED, CONTEXT_GIT_MISSING, or the signal's reason.
   */
  async run(...args: readonly string[]): Promise<string> {
    const result = await this.attempt(...args);
    if (result.kind === "done") return result.output;
    throw this.failure(result.complaint);
  }

  /** Like `run`, but what git complains of is a result. */
  async attempt(
    ...args: readonly string[]
  ): Promise<
    | { readonly kind: "done"; readonly output: string }
    | { readonly kind: "failed"; readonly complaint: string }
  > {
    const result = await this.#start(args);
    if (result.kind === "not-started") {
      throw new ContextError("CONTEXT_GIT_MISSING", `git cannot be run: ${result.errno}`);
    }
    if (result.kind === "exited" && result.code === 0) {
      return { kind: "done", output: result.stdout.toString("utf8").trim() };
    }
    const said = result.stderr.toString("utf8").trim();
    const end = result.kind === "killed" ? `it was ended by ${result.signal}` : "it said nothing";
    return { kind: "failed", complaint: said === "" ? end : said };
  }

  /** The error for what git complained of. */
  failure(complaint: string): ContextError {
    const reason = complaint.split("\n").slice(-3).join("; ").slice(0, 1000);
    const retryable = transient.test(complaint);
    const code = retryable ? "CONTEXT_UNREACHABLE" : "CONTEXT_REFUSED";
    const hint = hints.find(([pattern]) => pattern.test(complaint))?.[1];
    return new ContextError(code, `git cannot fetch ${this.address}: ${reason}`, {
      retryable,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  async #start(args: readonly string[]): Promise<ProgramResult> {
    const { signal } = this.#access;
    const timeout = AbortSignal.timeout(timeLimitMs);
    try {
      return await runProgram(["git", ...args], {
        cwd: this.#directory,
        env: {
          ...this.#environment(args),
          ...(await accountVariables(this.#access.workDirectory)),
        },
        signal: AbortSignal.any([signal, timeout]),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (error !== timeout.reason) throw error;
      throw this.failure("it took longer than an hour");
    }
  }

  #environment([command]: readonly string[]): NodeJS.ProcessEnv {
    const { environment } = this.#access;
    const { address, authorization } = this.#remote;
    const variables: NodeJS.ProcessEnv = { ...settings };
    for (const name of inherited.split(" ")) variables[name] = environment[name];
    // Nothing above the directory is a repository to git. A proxy for http is in lower case only, as in curl.
    variables["GIT_CEILING_DIRECTORIES"] = this.#directory;
    variables["SSH_AUTH_SOCK"] = this.#access.sshAgent;
    variables["http_proxy"] ??= environment["HTTP_PROXY"];
    const entries = Object.entries(configuration);
    if (address.startsWith("file:") && command !== "submodule") {
      // The user names it; who owns it on this machine says nothing.
      variables["GIT_ALLOW_PROTOCOL"] = "file";
      entries.push(["safe.directory", "*"]);
    }
    if (authorization !== undefined) {
      const key = `http.${new URL(address).origin}/.extraHeader`;
      entries.push([key, `Authorization: ${authorization}`]);
    }
    variables["GIT_CONFIG_COUNT"] = String(entries.length);
    for (const [index, [key, value]] of entries.entries()) {
      variables[`GIT_CONFIG_KEY_${index}`] = key;
      variables[`GIT_CONFIG_VALUE_${index}`] = value;
    }
    return variables;
  }
}

const transient =
  /could not resolve host|failed to connect|unable to connect|temporary failure|connection (?:refused|reset|timed out|closed)|timed out|took longer|hung up|early EOF|unexpected disconnect|RPC failed|returned error: (?:408|429|5\d\d)|remote end closed/i;

const hints: readonly (readonly [complaint: RegExp, hint: string])[] = [
  [/host key verification failed/i, "Put the key of the host into ~/.ssh/known_hosts"],
  [/permission denied \(publickey/i, "Give an agent that holds a key with --ssh default"],
  [
    /could not read username|authentication failed|returned error: 40[13]/i,
    "If it is private, give a token with --secret id=GIT_AUTH_TOKEN,src=FILE",
  ],
];
