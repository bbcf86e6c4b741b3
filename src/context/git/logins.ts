import { percentDecode } from "../../dockerfile/percent-encoding.ts";
import { basic, gitSecret, type Secrets } from "../authorization.ts";
import type { RemoteAccess } from "../remote-access.ts";
import type { StoredLogin } from "./credentials-file.ts";

/** What is shown to the server of a repository. */
export interface Login {
  /** The value of an Authorization header. */
  readonly authorization: string;
  /** Where it comes from, for the log and errors. */
  readonly from: string;
}

/**
 * What to show for the repository at `url`, to be tried in this order; empty where nothing is known. The first source that
 * has something counts: secrets of the build (as for BuildKit), the password of the URL, kaniko's variables, files of
 * git's credential store, the user of the URL alone.
 */
export function loginsFor(
  url: URL,
  { environment, git, secrets = new Map() }: LoginSources,
  stored: readonly StoredLogin[],
): readonly Login[] {
  const secret = gitSecret(url, secrets);
  if (secret !== undefined) return [secret];
  const [user, password] = [decode(url.username), decode(url.password)];
  if (password !== "") return [login(user, password, "the repository's URL")];
  if (git?.takesVariables === true) {
    const given = variableLogins(user, environment);
    if (given.length > 0) return given;
  }
  const found = stored.filter((each) => isFor(each, url)).toSorted(closestFirst)[0];
  if (found !== undefined) return [login(found.username, found.password, found.from)];
  return user === "" ? [] : [login(user, "", "the repository's URL")];
}

/** What logins are looked for in. */
export type LoginSources = Pick<RemoteAccess, "environment" | "git"> & {
  readonly secrets?: Secrets;
};

/** Hosts want a token as the password, whatever the user. kaniko gives it as the user, which some take as well. */
function variableLogins(user: string, environment: LoginSources["environment"]): readonly Login[] {
  const [token = "", name = "", password = ""] = ["GIT_TOKEN", "GIT_USERNAME", "GIT_PASSWORD"].map(
    (variable) => environment[variable]?.trim(),
  );
  if (token !== "") {
    if (user !== "") return [login(user, token, "GIT_TOKEN")];
    return [login("x-access-token", token, "GIT_TOKEN"), login(token, "", "GIT_TOKEN")];
  }
  if (name === "" && password === "") return [];
  const from = password === "" ? "GIT_USERNAME" : "GIT_PASSWORD";
  return [login(name === "" ? user : name, password, from)];
}

/** Whether a line of a credential store is for a URL: same host, user and beginning of the path. */
function isFor({ scope, username }: StoredLogin, url: URL): boolean {
  const user = decode(url.username);
  const path = directoryOf(scope);
  const isBelow = `${url.pathname}/`.startsWith(path) || `${url.pathname}.git/`.startsWith(path);
  return scope.origin === url.origin && isBelow && (user === "" || user === username);
}

function closestFirst(one: StoredLogin, other: StoredLogin): number {
  return directoryOf(other.scope).length - directoryOf(one.scope).length;
}

function directoryOf({ pathname }: URL): string {
  return pathname.endsWith("/") ? pathname : `${pathname}/`;
}

/**
 * The settings by which git shows logins: `own` to the repository's server, which has its submodules too, and those of
 * the credential store to all other servers that they are for.
 */
export function loginSettings(
  url: URL | undefined,
  own: Login | undefined,
  stored: readonly StoredLogin[],
): readonly (readonly [key: string, value: string])[] {
  const headers = new Map<string, string>();
  if (url !== undefined && own !== undefined) headers.set(`${url.origin}/`, own.authorization);
  // Of several headers that match, git sends one only where the one with the longest path comes first.
  for (const { scope, username, password } of stored.toSorted(closestFirst)) {
    const isOwn = own !== undefined && scope.origin === url?.origin;
    if (isOwn || headers.has(scope.href)) continue;
    headers.set(scope.href, basic(username, password));
  }
  return [...headers].map(([scope, value]) => [
    `http.${scope}.extraHeader`,
    `Authorization: ${value}`,
  ]);
}

function login(user: string, password: string, from: string): Login {
  return { authorization: basic(user, password), from };
}

function decode(text: string): string {
  return percentDecode(text) ?? text;
}
