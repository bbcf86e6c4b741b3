import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { TLSSocket } from "node:tls";
import type { CertificateFiles } from "./certificates.ts";

export interface GoogleRequest {
  /** Method and path, and the host where it was asked through the proxy. */
  readonly line: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
}

export interface GoogleServer extends AsyncDisposable {
  /** `127.0.0.1:<port>`: metadata server, token service, and a proxy that is `oauth2.googleapis.com`. */
  readonly host: string;
  /** All requests so far. */
  readonly requests: readonly GoogleRequest[];
  /** Has requests for tokens refused from now on. */
  refuse(status: number): void;
}

/** The host that exchanges the keys of service accounts: no option of the SDK leads elsewhere. */
export const keyExchangeHost = "oauth2.googleapis.com";

/**
 * Starts what Google's SDK asks for tokens, on the loopback interface. `files` are a certificate for
 * `keyExchangeHost`.
 */
export async function startGoogleServer(files: CertificateFiles): Promise<GoogleServer> {
  const requests: GoogleRequest[] = [];
  let refused: number | undefined;
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
    const body = await text(request);
    const form = body.startsWith("{") ? searchParams : new URLSearchParams(body || searchParams);
    const proxied = request.socket instanceof TLSSocket ? `${keyExchangeHost} ` : "";
    const { authorization } = request.headers;
    const line = `${proxied}${request.method ?? ""} ${pathname}`;
    requests.push({ line, fields: Object.fromEntries(form), authorization });
    const answer = answers[line];
    const isToken = answer !== undefined && line !== probe;
    const status = isToken ? (refused ?? 200) : answer === undefined ? 404 : 200;
    const headers = { "metadata-flavor": "Google", "content-type": "application/json" };
    response.writeHead(status, headers);
    response.end(JSON.stringify(status === 200 ? answer : refusal));
  };
  const server = createServer((request, response) => void respond(request, response));
  const tls = { key: await readFile(files.key), cert: await readFile(files.certificate) };
  server.on("connect", (_request, socket) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    server.emit("connection", new TLSSocket(socket, { isServer: true, ...tls }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    refuse: (status) => {
      refused = status;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const life = { expires_in: 3600, token_type: "Bearer" };
const probe = "GET /computeMetadata/v1/instance";
const impersonation = "/v1/projects/-/serviceAccounts/builder@example.com:generateAccessToken";

const answers: Readonly<Record<string, unknown>> = {
  [probe]: {},
  "GET /computeMetadata/v1/instance/service-accounts/default/token": {
    access_token: "token of the metadata server",
    ...life,
  },
  "POST /v1/token": {
    access_token: "token of the federation",
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    ...life,
  },
  [`POST ${impersonation}`]: {
    accessToken: "token of the service account",
    expireTime: new Date(Date.now() + 3_600_000).toISOString(),
  },
  [`${keyExchangeHost} POST /token`]: { access_token: "token of the key", ...life },
};

const refusal = { error: "invalid_grant", error_description: "the test refuses" };

/** The file of a workload identity federation whose services are at `host`, and its token in `file`. */
export function federationFile(host: string, file: string): object {
  return {
    type: "external_account",
    audience:
      "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `http://${host}/v1/token`,
    credential_source: { file },
    service_account_impersonation_url: `http://${host}${impersonation}`,
  };
}

/** The file of a service account's key. */
export function keyFile(): object {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    type: "service_account",
    client_email: "builder@example.com",
    private_key: privateKey.export({ format: "pem", type: "pkcs8" }),
  };
}
