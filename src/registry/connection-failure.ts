import { BuilderError } from "../errors/builder-error.ts";
import { errnoOf } from "../errors/filesystem-error.ts";
import { RegistryError } from "../errors/registry-error.ts";
import { isCertificateFault } from "../support/certificate-fault.ts";

const protocolCodes = /^(?:EPROTO$|ERR_SSL_|ERR_TLS_|HPE_)/;
// A name that does not exist and a certificate that does not fit are not better the second time.
const permanentCodes = new Set(["ENOTFOUND", "ERR_INVALID_URL"]);

const closed = "it closed the connection";
const cut = "it broke off its answer";
const closedHint =
  "If this lasts, the registry may want a client certificate: --registry-client-cert=HOST=CERTIFICATE,KEY";
const unreachableHint =
  "Check the name, the port and the network between this machine and the registry";

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOTFOUND", "its name cannot be resolved"],
  ["EAI_AGAIN", "name resolution failed"],
  ["ECONNREFUSED", "it refuses connections"],
  ["ECONNRESET", closed],
  ["UND_ERR_SOCKET", closed],
  ["EPIPE", closed],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", cut],
  ["EHOSTUNREACH", "there is no route to it"],
  ["ENETUNREACH", "there is no route to it"],
  ["ETIMEDOUT", "connecting took too long"],
  ["UND_ERR_CONNECT_TIMEOUT", "connecting took too long"],
  ["UND_ERR_HEADERS_TIMEOUT", "it did not answer in time"],
  ["UND_ERR_BODY_TIMEOUT", "it stopped sending"],
]);

/** How speaking to a host failed below HTTP. */
export type ConnectionFault = "certificate" | "protocol" | "connection";

/** Tells certificates that do not fit and sides that do not speak TLS or HTTP from all else. */
export function connectionFault(error: unknown): ConnectionFault {
  const code = errnoOf(error) ?? "";
  if (isCertificateFault(code)) return "certificate";
  return protocolCodes.test(code) ? "protocol" : "connection";
}

/** The error for a request that got no answer from `host`, or broke off while it was read; our own errors stay. */
export function connectionFailure(error: unknown, host: string): BuilderError {
  if (error instanceof BuilderError) return error;
  const code = errnoOf(error) ?? "";
  const own = error instanceof Error ? error.message : String(error);
  const refused = proxyRefusal.exec(own);
  if (refused !== null) return proxyFailure(host, refused[1] ?? "", error);
  const fault = connectionFault(error);
  if (fault === "connection") {
    const reason = reasons.get(code) ?? own;
    return new RegistryError("REGISTRY_UNREACHABLE", `cannot reach ${host}: ${reason}`, {
      host,
      retryable: !permanentCodes.has(code),
      hint: reason === closed ? closedHint : unreachableHint,
      cause: error,
    });
  }
  const { message, hint } =
    fault === "certificate" ? untrusted(host, own) : notTls(host, code, own);
  return new RegistryError("REGISTRY_UNREACHABLE", message, { host, hint, cause: error });
}

/** The error for an answer of `host` that ended before it was whole. */
export function brokenOff(host: string): BuilderError {
  return connectionFailure(new Error(cut), host);
}

// What undici says when a proxy does not make a tunnel.
const proxyRefusal = /^Proxy response \((\d+)\)/;

function proxyFailure(host: string, status: string, cause: unknown): RegistryError {
  return new RegistryError(
    "REGISTRY_UNREACHABLE",
    `cannot reach ${host}: its proxy answered ${status}`,
    {
      host,
      retryable: Number(status) >= 500 || status === "429",
      hint: "Check HTTPS_PROXY, with the user and password in it, and NO_PROXY",
      cause,
    },
  );
}

function untrusted(host: string, reason: string): { message: string; hint: string } {
  return {
    message: `cannot trust the certificate of ${host}: ${reason}`,
    hint: `Name its authority with --registry-certificate=${host}=FILE, or accept any with --skip-tls-verify-registry=${host}`,
  };
}

function notTls(host: string, code: string, reason: string): { message: string; hint: string } {
  if (code.includes("ALERT")) {
    return {
      message: `${host} refused the TLS connection: ${reason}`,
      hint: `If it asks for a client certificate, give one with --registry-client-cert=${host}=CERTIFICATE,KEY`,
    };
  }
  return {
    message: `cannot speak TLS with ${host}: it answered something else`,
    hint: `If it serves plain HTTP, allow that with --insecure-registry=${host}`,
  };
}
