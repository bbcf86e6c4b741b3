import { RegistryError } from "../errors/registry-error.ts";
import { answerFailure, RetryLaterError } from "./answer-failure.ts";
import type { Challenge } from "./challenge.ts";
import type { Credentials } from "./credentials/credentials.ts";
import { postForm } from "./form.ts";
import type { Access } from "./host.ts";
import type { HttpRequest } from "./http.ts";
import { readAnswer } from "./read-answer.ts";
import type { Transport } from "./transport.ts";

/** What a token server gave. */
export interface Token {
  readonly value: string;
  /** When it is to be renewed, in milliseconds since 1970. */
  readonly renewAtMs: number;
}

export interface TokenRequest {
  readonly challenge: Challenge;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  /** How the credentials are called in an error. */
  readonly credentialsOrigin: string;
  readonly access: Access;
  /** Whether the token server may be spoken to over plain HTTP. */
  readonly plainHttp: (host: string) => boolean;
  readonly userAgent: string;
  readonly signal?: AbortSignal | undefined;
}

const answerLimitBytes = 1024 * 1024;
const defaultLifeSeconds = 60;

/**
 * Gets a token as `challenge` asks: by GET with basic authentication or none
 * (https://distribution.github.io/distribution/spec/auth/token/), or by POST when the credentials are
 * a refresh token (.../spec/auth/oauth/).
 *
 * @throws REGISTRY_UNAUTHORIZED, REGISTRY_UNREACHABLE, REGISTRY_UNAVAILABLE, REGISTRY_PROTOCOL
 */
export async function fetchToken(transport: Transport, request: TokenRequest): Promise<Token> {
  const realm = readRealm(request);
  const response = await transport.send({
    access: request.access,
    signal: request.signal,
    ...(request.credentials?.kind === "identity-token"
      ? refresh(realm, request, request.credentials.token)
      : ask(realm, request)),
  });
  if (response.status !== 200) {
    const credentials = request.credentialsOrigin;
    const failure = await answerFailure(response, { doing: "get a token", credentials });
    if (failure.code === "REGISTRY_UNAUTHORIZED" || failure instanceof RetryLaterError) {
      throw failure;
    }
    throw new RegistryError("REGISTRY_UNAUTHORIZED", failure.message, { host: realm.host });
  }
  const read = await readAnswer(response, answerLimitBytes).catch((error: unknown) => {
    request.signal?.throwIfAborted();
    throw error;
  });
  if (read.kind === "too-long") throw broken(realm.host, "it is too long");
  return parseToken(read.bytes, realm.host);
}

function readRealm({ challenge, plainHttp }: TokenRequest): URL {
  const text = challenge.parameters.get("realm") ?? "";
  if (!URL.canParse(text)) throw broken("the registry", "there is no address to get it from");
  const realm = new URL(text);
  const allowed =
    realm.protocol === "https:" || (realm.protocol === "http:" && plainHttp(realm.host));
  if (allowed) return realm;
  throw new RegistryError(
    "REGISTRY_PROTOCOL",
    `the registry wants tokens to be fetched from ${realm.host} without encryption`,
    { host: realm.host, hint: `If that is intended, allow it: --insecure-registry=${realm.host}` },
  );
}

type Sent = Pick<HttpRequest, "method" | "url" | "headers" | "body">;

function ask(realm: URL, { challenge, scopes, credentials, userAgent }: TokenRequest): Sent {
  const url = new URL(realm);
  const service = challenge.parameters.get("service");
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const authorization =
    credentials?.kind === "basic" ? { authorization: basicAuthorization(credentials) } : {};
  return { method: "GET", url, headers: { "user-agent": userAgent, ...authorization } };
}

function refresh(url: URL, request: TokenRequest, refreshToken: string): Sent {
  const post = postForm(url, {
    grant_type: "refresh_token",
    client_id: "slipway",
    service: request.challenge.parameters.get("service") ?? "",
    scope: request.scopes.join(" "),
    refresh_token: refreshToken,
  });
  return { ...post, headers: { ...post.headers, "user-agent": request.userAgent } };
}

/** The value of an Authorization header for a user and a password (RFC 7617). */
export function basicAuthorization(credentials: Credentials & { readonly kind: "basic" }): string {
  const { username, password } = credentials;
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function parseToken(bytes: Buffer, host: string): Token {
  let answer: Record<string, unknown>;
  try {
    answer = Object(JSON.parse(bytes.toString("utf8"))) as Record<string, unknown>;
  } catch {
    throw broken(host, "it is not JSON");
  }
  const value = answer["token"] ?? answer["access_token"];
  if (typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value)) {
    throw broken(host, "it holds no token");
  }
  const life = answer["expires_in"];
  const seconds = typeof life === "number" && life > 0 ? life : defaultLifeSeconds;
  // A tenth is kept for the way to the registry and for clocks that disagree.
  return { value, renewAtMs: Date.now() + seconds * 900 };
}

function broken(host: string, reason: string): RegistryError {
  return new RegistryError("REGISTRY_PROTOCOL", `cannot use the token of ${host}: ${reason}`);
}
