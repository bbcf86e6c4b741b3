import { RegistryError } from "../../errors/registry-error.ts";
import { runProgram } from "../../support/process.ts";
import type { Credentials, CredentialsOptions } from "./credentials.ts";

/** The environment that helper programs get and are looked up in. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface HelperOptions extends CredentialsOptions {
  readonly environment: Environment;
  /** How long the program may take, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number;
}

const longestAnswer = 256 * 1024;
const notFoundMessage = "credentials not found";
// What helpers say instead of a user name to mean that the secret is a refresh token.
const identityTokenUser = "<token>";

/**
 * Asks the helper program `docker-credential-<name>` for the credentials of `server`
 * (https://github.com/docker/docker-credential-helpers); undefined when it has none.
 *
 * @throws CREDENTIALS_INVALID with the program's own reason.
 */
export async function askCredentialHelper(
  name: string,
  server: string,
  options: HelperOptions,
): Promise<Credentials | undefined> {
  const program = programOf(name);
  const stdout = await run(program, { verb: "get", input: server, server }, options);
  if (stdout === undefined) return undefined;
  const answer = parse(program, stdout);
  if (answer.username === "" && answer.secret === "") return undefined;
  return answer.username === identityTokenUser
    ? { kind: "identity-token", token: answer.secret }
    : { kind: "basic", username: answer.username, password: answer.secret };
}

/** A user of a server, by the name that helpers know it by, and the secret. */
export interface HelperEntry {
  readonly server: string;
  readonly username: string;
  readonly secret: string;
}

/**
 * Has the helper program `docker-credential-<name>` keep the credentials of a server.
 *
 * @throws CREDENTIALS_INVALID with the program's own reason.
 */
export async function storeInHelper(
  name: string,
  { secret, server, username }: HelperEntry,
  options: HelperOptions,
): Promise<void> {
  const input = JSON.stringify({ ServerURL: server, Username: username, Secret: secret });
  const program = programOf(name);
  const stdout = await run(program, { verb: "store", input, server }, options);
  if (stdout === undefined) throw invalid(`${program} did not keep the credentials of ${server}`);
}

function programOf(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw invalid(`${JSON.stringify(name)} is not the name of a credential helper`);
  }
  return `docker-credential-${name}`;
}

interface HelperCall {
  readonly verb: "get" | "store";
  readonly input: string;
  /** For errors. */
  readonly server: string;
}

async function run(
  program: string,
  { input, server, verb }: HelperCall,
  options: HelperOptions,
): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 60_000);
  const { signal } = options;
  const result = await runProgram([program, verb], {
    env: { ...options.environment },
    input,
    outputLimitBytes: longestAnswer,
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  }).catch((error: unknown) => {
    if (timeout.aborted) throw invalid(`${program} did not answer in time`);
    throw error;
  });
  if (result.kind === "not-started") {
    throw invalid(
      `cannot run ${program}: ${result.errno}`,
      `Install ${program}, or remove it from docker's config.json`,
    );
  }
  const stdout = result.stdout.toString("utf8");
  if (result.kind === "exited" && result.code === 0) return stdout;
  const said = `${stdout.trim()} ${result.stderr.toString("utf8").trim()}`.trim().slice(0, 500);
  if (said.includes(notFoundMessage)) return undefined;
  const how = result.kind === "exited" ? `exit code ${result.code}` : result.signal;
  throw invalid(
    `${program} failed for ${server} (${how}): ${said === "" ? "it gave no reason" : said}`,
  );
}

function parse(program: string, stdout: string): { username: string; secret: string } {
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch {
    // The cause would quote what was printed, which may be the secret.
    throw invalid(`${program} printed something other than JSON`);
  }
  const { Username: username, Secret: secret } = (document ?? {}) as Record<string, unknown>;
  if (typeof username !== "string" || typeof secret !== "string") {
    throw invalid(`${program} printed no Username and Secret`);
  }
  return { username, secret };
}

function invalid(message: string, hint?: string): RegistryError {
  return new RegistryError("CREDENTIALS_INVALID", message, hint === undefined ? {} : { hint });
}
