import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { CertificateFiles } from "./certificates.ts";

/** What a token server knows. */
export interface TokenServerOptions {
  readonly signer: CertificateFiles;
  readonly username: string;
  readonly password: string;
  readonly refreshToken: string;
  /** Whether who shows no credentials gets tokens to pull. Default false. */
  readonly anonymousPull?: boolean;
  /** How long tokens are said to be good, in seconds. Default 300. */
  readonly saysExpiresIn?: number;
  /** How long the registry takes them, in seconds; it grants a minute more on its own. Default 300. */
  readonly expiresIn?: number;
}

/** A request for a token. */
export interface TokenRequestSeen {
  readonly method: string;
  readonly scopes: readonly string[];
  readonly granted: boolean;
}

export interface TokenServer extends AsyncDisposable {
  /** How docker-registry is told to ask for its tokens. */
  readonly settings: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly certificate: string;
  };
  /** All requests so far. */
  readonly requests: readonly TokenRequestSeen[];
}

const service = "tests";
const issuer = "slipway tests";

/** Starts a token server as registries use them, on a free port of the loopback interface. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const requests: TokenRequestSeen[] = [];
  const issue = await createIssuer(options);
  const answer = async (request: IncomingMessage): Promise<{ status: number; body: unknown }> => {
    const { scopes, who } = await readRequest(request, options);
    const granted = who === "user" || (who === "nobody" && options.anonymousPull === true);
    requests.push({ method: request.method ?? "", scopes, granted });
    if (!granted) return { status: 401, body: { errors: [{ code: "UNAUTHORIZED" }] } };
    const allowed = who === "user" ? ["pull", "push"] : ["pull"];
    const token = issue(scopes, allowed);
    return { status: 200, body: { token, expires_in: options.saysExpiresIn ?? 300 } };
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, body } = await answer(request);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void respond(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    settings: {
      realm: `http://127.0.0.1:${address.port}/token`,
      service,
      issuer,
      certificate: options.signer.certificate,
    },
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

type Who = "user" | "nobody" | "stranger";

async function readRequest(
  request: IncomingMessage,
  options: TokenServerOptions,
): Promise<{ scopes: string[]; who: Who }> {
  if (request.method === "POST") {
    const form = new URLSearchParams(await text(request));
    const scopes = form.get("scope")?.split(" ") ?? [];
    return {
      scopes,
      who: form.get("refresh_token") === options.refreshToken ? "user" : "stranger",
    };
  }
  const scopes = new URL(request.url ?? "", "http://x").searchParams.getAll("scope");
  const { authorization } = request.headers;
  if (authorization === undefined) return { scopes, who: "nobody" };
  const expected = `Basic ${btoa(`${options.username}:${options.password}`)}`;
  return { scopes, who: authorization === expected ? "user" : "stranger" };
}

type Issue = (scopes: readonly string[], allowed: readonly string[]) => string;

/** Makes tokens as docker-registry reads them: JWT, signed with ES256, the certificate in the header. */
async function createIssuer({ signer, expiresIn = 300 }: TokenServerOptions): Promise<Issue> {
  const key = createPrivateKey(await readFile(signer.key));
  const certificate = new X509Certificate(await readFile(signer.certificate));
  const header = { typ: "JWT", alg: "ES256", x5c: [certificate.raw.toString("base64")] };
  return (scopes, allowed) => {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.map((scope) => {
      const [type, name, actions = ""] = scope.split(":");
      return { type, name, actions: actions.split(",").filter((each) => allowed.includes(each)) };
    });
    const claims = {
      iss: issuer,
      sub: "",
      aud: service,
      exp: now + expiresIn,
      nbf: now - 5,
      iat: now,
    };
    const payload = { ...claims, jti: String(Math.random()), access };
    const signed = [header, payload]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
    return `${signed}.${signature.toString("base64url")}`;
  };
}
