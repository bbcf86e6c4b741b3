import { percentDecode } from "../dockerfile/percent-encoding.ts";

/** Secrets of the build by id. */
export type Secrets = ReadonlyMap<string, Uint8Array>;

/**
 * The Authorization header for a git repository, by the secrets that BuildKit takes too: a whole
 * header in `GIT_AUTH_HEADER.<host>` or `GIT_AUTH_HEADER`, a token in `GIT_AUTH_TOKEN.<host>` or
 * `GIT_AUTH_TOKEN`. `from` is the secret.
 */
export function gitSecret(
  url: URL,
  secrets: Secrets,
): { readonly authorization: string; readonly from: string } | undefined {
  for (const suffix of [`.${url.host}`, ""]) {
    const header = textOf(secrets.get(`GIT_AUTH_HEADER${suffix}`));
    if (header !== undefined) {
      return { authorization: header, from: `secret GIT_AUTH_HEADER${suffix}` };
    }
    const token = textOf(secrets.get(`GIT_AUTH_TOKEN${suffix}`));
    if (token !== undefined) {
      const authorization = basic("x-access-token", token);
      return { authorization, from: `secret GIT_AUTH_TOKEN${suffix}` };
    }
  }
  return undefined;
}

/**
 * The same for a download: a whole header in the secret `HTTP_AUTH_HEADER_<host>`, a token in
 * `HTTP_AUTH_TOKEN_<host>`; else user and password of the URL.
 */
export function httpAuthorization(url: URL, secrets: Secrets): string | undefined {
  const header = textOf(secrets.get(`HTTP_AUTH_HEADER_${url.host}`));
  if (header !== undefined) return header;
  const token = textOf(secrets.get(`HTTP_AUTH_TOKEN_${url.host}`));
  return token === undefined ? authorizationIn(url) : `Bearer ${token}`;
}

/** The header that user and password of a URL stand for, if there are any. */
function authorizationIn({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return basic(percentDecode(username) ?? username, percentDecode(password) ?? password);
}

/** The header for a user and a password (RFC 7617). */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** Files that hold secrets often end with a newline. */
function textOf(secret: Uint8Array | undefined): string | undefined {
  return secret === undefined ? undefined : Buffer.from(secret).toString("utf8").trim();
}
