import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { startWebServer, type WebServer } from "./web-server.ts";

/** A request to one of the services, as far as tests look at it. */
export interface AmazonRequest {
  /** `GetAuthorizationToken` or `AssumeRoleWithWebIdentity`, or method and path of a metadata server's. */
  readonly action: string;
  /** The Authorization header, or the web identity's token. */
  readonly proof: string | undefined;
}

export interface AmazonServer extends AsyncDisposable {
  readonly address: string;
  /** All requests so far. */
  readonly requests: readonly AmazonRequest[];
  /** Has requests of `action` refused with that error, from now on. */
  refuse(action: string, type: string): void;
}

const role = "node-role";
const keys = { AccessKeyId: "ASIATEST", SecretAccessKey: "secret", Expiration: soon() };

/**
 * Starts a server that is ECR, ECR Public, STS, EKS Pod Identity and the instance's metadata in one. The
 * password that it gives is `password:of ECR`.
 */
export async function startAmazonServer(): Promise<AmazonServer> {
  const requests: AmazonRequest[] = [];
  const refused = new Map<string, string>();
  const server: WebServer = await startWebServer(async (request, response) => {
    const body = await text(request);
    const form = new URLSearchParams(body);
    const target = String(request.headers["x-amz-target"] ?? "");
    const named = target === "" ? form.get("Action") : target.split(".")[1];
    const action = named ?? `${request.method ?? ""} ${request.url ?? ""}`;
    const { authorization } = request.headers;
    requests.push({ action, proof: form.get("WebIdentityToken") ?? authorization });
    const error = refused.get(action);
    if (error === undefined) answer(request, response, target || action);
    else refuse(response, target, error);
  });
  return {
    address: `http://${server.host}`,
    requests,
    refuse: (action, type) => refused.set(action, type),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, action: string): void {
  const authorizationToken = btoa("AWS:password:of ECR");
  const data = { authorizationToken, expiresAt: Date.now() / 1000 + 43_200 };
  const isSigned = request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 ") === true;
  const answers: Readonly<Record<string, () => unknown>> = {
    "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken": () =>
      isSigned ? { authorizationData: [data] } : {},
    "SpencerFrontendService.GetAuthorizationToken": () =>
      isSigned ? { authorizationData: data } : {},
    AssumeRoleWithWebIdentity: assumedRole,
    "GET /v1/credentials": () => ({ ...keys, Token: "session" }),
    "PUT /latest/api/token": () => "metadata token",
    "GET /latest/meta-data/iam/security-credentials/": () => role,
    [`GET /latest/meta-data/iam/security-credentials/${role}`]: () => ({
      Code: "Success",
      ...keys,
      Token: "session",
    }),
  };
  const body = answers[action]?.();
  response.writeHead(body === undefined ? 404 : 200);
  response.end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
}

function assumedRole(): string {
  const members = Object.entries({ ...keys, SessionToken: "session" });
  const credentials = members.map(([name, value]) => `<${name}>${value}</${name}>`).join("");
  return `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
}

function refuse(response: ServerResponse, target: string, type: string): void {
  const message = `${type} says the test`;
  response.writeHead(400);
  response.end(
    target === ""
      ? `<ErrorResponse><Error><Code>${type}</Code><Message>${message}</Message></Error></ErrorResponse>`
      : JSON.stringify({ __type: type, message }),
  );
}

function soon(): string {
  return new Date(Date.now() + 3_600_000).toISOString();
}
