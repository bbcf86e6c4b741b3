import { ContextError } from "../../errors/context-error.ts";
import { type ProgramResult, runProgram } from "../../support/process.ts";
import { gitFailure, isLoginRefused } from "./failure.ts";
import type { Login } from "./logins.ts";
import type { GitSession } from "./session.ts";
import type { Setting } from "./user-settings.ts";

/** No command may take longer, in milliseconds. */
const timeLimitMs = 60 * 60 * 1000;

/** The server wants other credentials than it was shown. */
export class LoginRefused extends ContextError {}

/** How a command of git ended. */
export type GitResult =
  | { readonly kind: "done"; readonly output: string }
  | { readonly kind: "failed"; readonly complaint: string };

/** Where git works, and what it shows to the server. */
export interface GitPlace {
  /** Absolute. */
  readonly directory: string;
  readonly login: Login | undefined;
}

/** The git program, working in one directory for one remote repository. */
export class GitProgram {
  readonly #session: GitSession;
  readonly #place: GitPlace;

  constructor(session: GitSession, place: GitPlace) {
    this.#session = session;
    this.#place = place;
  }

  /** Where the remote repository is; without credentials. */
  get address(): string {
    return this.#session.remote.address;
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
  async attempt(...args: readonly string[]): Promise<GitResult> {
    return this.attemptWith([], args);
  }

  /** Like `attempt`, with more settings. */
  async attemptWith(more: readonly Setting[], args: readonly string[]): Promise<GitResult> {
    const result = await this.#start(args, more);
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
    const { login } = this.#place;
    const isContext = this.#session.access.git !== undefined;
    const error = gitFailure({ address: this.address, complaint, login, isContext });
    if (!isLoginRefused(complaint)) return error;
    const { hint } = error;
    return new LoginRefused("CONTEXT_REFUSED", error.message, hint === undefined ? {} : { hint });
  }

  async #start(args: readonly string[], more: readonly Setting[]): Promise<ProgramResult> {
    const { signal } = this.#session.access;
    const timeout = AbortSignal.timeout(timeLimitMs);
    try {
      return await runProgram(["git", ...args], {
        cwd: this.#place.directory,
        env: this.#environment(args, more),
        signal: AbortSignal.any([signal, timeout]),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (error !== timeout.reason) throw error;
      throw this.failure("it took longer than an hour");
    }
  }

  #environment([command]: readonly string[], more: readonly Setting[]): NodeJS.ProcessEnv {
    const settings = [...this.#session.settingsFor(this.#place.login), ...more];
    // Nothing above the directory is a repository to git.
    const env: NodeJS.ProcessEnv = {
      ...this.#session.variables,
      GIT_CEILING_DIRECTORIES: this.#place.directory,
    };
    if (this.address.startsWith("file:") && command !== "submodule") {
      // The user names it; who owns it on this machine says nothing.
      env["GIT_ALLOW_PROTOCOL"] = "file";
      settings.push(["safe.directory", "*"]);
    }
    env["GIT_CONFIG_COUNT"] = String(settings.length);
    for (const [index, [key, value]] of settings.entries()) {
      env[`GIT_CONFIG_KEY_${index}`] = key;
      env[`GIT_CONFIG_VALUE_${index}`] = value;
    }
    return env;
  }
}
