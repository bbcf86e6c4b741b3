import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { filesystemError } from "../../errors/filesystem-error.ts";
import type { RemoteAccess } from "../remote-access.ts";
import { accountVariables } from "./account.ts";
import { authoritySettings } from "./authorities.ts";
import { readStoredLogins, type StoredLogin } from "./credentials-file.ts";
import { type Login, loginSettings, loginsFor } from "./logins.ts";
import type { Remote } from "./remote.ts";
import { prepareSsh } from "./ssh.ts";
import { readUserSettings, type Setting } from "./user-settings.ts";

/** Taken over from our own environment; all else git is told by us. */
const inherited =
  "PATH HOME GIT_EXEC_PATH GIT_SSH GIT_SSH_COMMAND " +
  "http_proxy https_proxy no_proxy all_proxy HTTPS_PROXY NO_PROXY ALL_PROXY";

/** The machine's own configuration says nothing, and nothing is asked. */
const variables: Readonly<Record<string, string>> = {
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

const settings: readonly Setting[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.logAllRefUpdates", "false"],
  ["advice.detachedHead", "false"],
  // In most versions this is a shell script, which the step image lacks, around that command. Git
  // looks for an alias only where there is no such program.
  ["alias.submodule", "submodule--helper"],
  ["gc.auto", "0"],
  // Bytes and seconds: a connection that brings less is given up.
  ["http.lowSpeedLimit", "1"],
  ["http.lowSpeedTime", "60"],
];

interface SessionParts {
  readonly access: RemoteAccess;
  readonly remote: Remote;
  readonly directory: string;
  readonly variables: NodeJS.ProcessEnv;
  readonly settings: readonly Setting[];
  readonly stored: readonly StoredLogin[];
}

/** What the commands for one repository have in common: how its server is reached, and what it is shown. */
export class GitSession implements AsyncDisposable {
  readonly access: RemoteAccess;
  readonly remote: Remote;
  /** What may be shown to the server, to be tried in this order. */
  readonly logins: readonly Login[];
  /** The environment of git, without settings. */
  readonly variables: NodeJS.ProcessEnv;
  readonly #directory: string;
  readonly #settings: readonly Setting[];
  readonly #stored: readonly StoredLogin[];

  private constructor(parts: SessionParts) {
    this.access = parts.access;
    this.remote = parts.remote;
    this.variables = parts.variables;
    this.#directory = parts.directory;
    this.#settings = parts.settings;
    this.#stored = parts.stored;
    const { url } = parts.remote;
    this.logins = url === undefined ? [] : loginsFor(url, parts.access, parts.stored);
  }

  /**
   * Reads and copies what git may use. Keys are on disk, in the work directory, until the session is disposed.
   *
   * @throws CONTEXT_UNREADABLE, FILESYSTEM_*
   */
  static async open(remote: Remote, access: RemoteAccess): Promise<GitSession> {
    const directory = await mkdtemp(join(access.workDirectory, "git-session-")).catch(
      (error: unknown) => {
        throw filesystemError("prepare for git", error);
      },
    );
    try {
      return new GitSession({
        access,
        remote,
        directory,
        ...(await prepare(directory, remote, access)),
      });
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** The settings for commands that show `login`, if any. */
  settingsFor(login: Login | undefined): readonly Setting[] {
    return [...this.#settings, ...loginSettings(this.remote.url, login, this.#stored)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function prepare(
  directory: string,
  remote: Remote,
  access: RemoteAccess,
): Promise<Pick<SessionParts, "settings" | "stored" | "variables">> {
  const { environment, git, log } = access;
  const homes = git?.homes ?? [];
  const env = { ...baseVariables(access), ...(await sshVariables(directory, access)) };
  const stored = await readStoredLogins(homes, log);
  const own = await readUserSettings(homes, { env, log });
  warnOfLaxTls(own, access);
  const authorities = await authoritySettings(environment, directory);
  const all = [...settings, ...authorities, ...own, ...skippedTls(remote, access)];
  return { variables: env, settings: all, stored };
}

function baseVariables({ environment, git, sshAgent }: RemoteAccess): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...variables };
  for (const name of inherited.split(" ")) env[name] = environment[name];
  // A proxy for http is in lower case only, as in curl.
  env["http_proxy"] ??= environment["HTTP_PROXY"];
  const agent = git === undefined ? undefined : environment["SSH_AUTH_SOCK"];
  env["SSH_AUTH_SOCK"] = sshAgent ?? agent;
  return env;
}

/** Where ssh has no shell to be started by, it finds its configuration in the home of its account. */
async function sshVariables(directory: string, access: RemoteAccess): Promise<NodeJS.ProcessEnv> {
  const { environment, git, log } = access;
  const homes = git?.homes ?? [environment["HOME"] ?? ""].filter((home) => home !== "");
  const configuration = await prepareSsh(
    directory,
    { homes, withKeys: git !== undefined },
    log,
  ).catch((error: unknown) => {
    throw filesystemError("prepare for ssh", error);
  });
  const account = await accountVariables(directory);
  if (account !== undefined) return account;
  const isChosen = [environment["GIT_SSH"], environment["GIT_SSH_COMMAND"]].some(Boolean);
  if (isChosen) return {};
  return { GIT_SSH_COMMAND: `ssh -F '${configuration.replaceAll("'", "'\\''")}'` };
}

function skippedTls({ url }: Remote, { git, log }: RemoteAccess): readonly Setting[] {
  if (git?.skipsTlsVerify !== true || url?.protocol !== "https:") return [];
  log.warn("the certificate of the repository's server is not checked, as --git says", {
    host: url.host,
  });
  return [[`http.${url.origin}/.sslVerify`, "false"]];
}

function warnOfLaxTls(own: readonly Setting[], { log }: RemoteAccess): void {
  const lax = own.find(
    ([key, value]) => key.endsWith(".sslverify") && /^(?:false|no|off|0)$/i.test(value),
  );
  if (lax === undefined) return;
  log.warn("certificates are not checked, as git's configuration says", { setting: lax[0] });
}
