import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { CertificateFiles } from "./certificates.ts";
import { startWebServer } from "./web-server.ts";

/** A request for a token of Entra's, or for a registry's in exchange. */
export interface AzureRequest {
  readonly from: "entra" | "metadata" | "exchange";
  readonly fields: Readonly<Record<string, string>>;
}

export interface AzureServer extends AsyncDisposable {
  /** Entra's address, which is HTTPS. */
  readonly authority: string;
  /** That of the metadata server and the registry. */
  readonly address: string;
  /** All requests so far. */
  readonly requests: readonly AzureRequest[];
  /** Has requests of a kind refused from now on. */
  refuse(from: AzureRequest["from"], status: number): void;
}

/**
 * Starts Microsoft Entra, Azure's metadata server and a container registry, as far as its tokens go, on
 * the loopback interface. The refresh token that the registry gives is `azureRefreshToken`.
 */
export async function startAzureServer(files: CertificateFiles): Promise<AzureServer> {
  const requests: AzureRequest[] = [];
  const refused = new Map<AzureRequest["from"], number>();
  const reply = (from: AzureRequest["from"], fields: URLSearchParams): [number, unknown] => {
    requests.push({ from, fields: Object.fromEntries(fields) });
    const status = refused.get(from);
    if (status !== undefined) return [status, refusals[from]];
    return [200, from === "exchange" ? { refresh_token: azureRefreshToken } : entraToken(from)];
  };
  await using started = new AsyncDisposableStack();
  const server = started.use(
    await startWebServer(async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
      const isExchange = request.method === "POST" && pathname === "/oauth2/exchange";
      const isMetadata = /^\/metadata\/identity\/oauth2\/token\/?$/.test(pathname);
      const [status, body] = isExchange
        ? reply("exchange", new URLSearchParams(await text(request)))
        : isMetadata && request.headers["metadata"] === "true"
          ? reply("metadata", searchParams)
          : [isMetadata ? 400 : 404, {}];
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    }),
  );
  const entra = await startEntra(files, (fields) => reply("entra", fields));
  started.use(entra);
  const owned = started.move();
  return {
    authority: entra.authority,
    address: `http://${server.host}`,
    requests,
    refuse: (from, status) => refused.set(from, status),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const claims = { exp: Math.floor(Date.now() / 1000) + 10_800 };

/** A token as registries give it: what it says is in its middle. */
export const azureRefreshToken = ["{}", JSON.stringify(claims), "signature"]
  .map((part) => Buffer.from(part).toString("base64url"))
  .join(".");

function entraToken(from: AzureRequest["from"]): object {
  const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
  const resource = "https://containerregistry.azure.net";
  return {
    token_type: "Bearer",
    access_token: `token of ${from}`,
    ...(from === "entra" ? { expires_in: 3599 } : { expires_on, resource }),
  };
}

const refusals = {
  entra: { error: "invalid_client", error_description: "AADSTS700016: no such application" },
  metadata: { error: "invalid_request", error_description: "Identity not found" },
  exchange: { errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] },
};

async function startEntra(
  { certificate, key }: CertificateFiles,
  reply: (fields: URLSearchParams) => readonly [number, unknown],
): Promise<AsyncDisposable & { readonly authority: string }> {
  const pem = { cert: await readFile(certificate), key: await readFile(key) };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fields = new URLSearchParams(await text(request));
    const [status, answer] =
      request.method === "POST" ? reply(fields) : [200, discoveryOf(`${authority}/tenant-of-test`)];
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(answer));
  };
  const server = createTlsServer(pem, (request, response) => void respond(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const authority = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    authority,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** What a tenant says of itself (OpenID Connect Discovery). */
function discoveryOf(tenant: string): object {
  return {
    issuer: `${tenant}/v2.0`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
  };
}
