import { ContextError } from "../../errors/context-error.ts";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { isCertificateFault } from "../../support/certificate-fault.ts";
import type { BucketFault } from "./bucket.ts";
import type { BucketSource } from "./bucket-source.ts";

const longestReason = 300;

/** What a fault of a connection is; `found` where the server answered. */
export function networkFault(error: unknown): BucketFault {
  const code = codeOf(error);
  const reason = reasonOf(error);
  if (code === "ENOTFOUND") return { kind: "no-host", reason };
  if (isCertificateFault(code ?? "")) return { kind: "untrusted", reason };
  return { kind: "unreachable", reason, retryable: !permanentCodes.test(code ?? "") };
}

/** What a status of HTTP says where the server gives no better reason. */
export function statusFault(status: number, reason: string): BucketFault {
  if (status === 401 || status === 403) return { kind: "denied", reason };
  if (status === 404) return { kind: "no-object", reason };
  if (status === 412) return { kind: "changed", reason };
  if (status === 408 || status === 429 || status >= 500) {
    return { kind: "unreachable", reason, retryable: status !== 501 };
  }
  return { kind: "refused", reason };
}

/** An error's own words, in one line; never the error, since SDKs keep requests in theirs. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, longestReason);
  if (error.name === "TimeoutError") return "it did not answer in time";
  const message = error.message === "" ? (codeOf(error) ?? error.name) : error.message;
  return message.replaceAll(/\s+/g, " ").trim().slice(0, longestReason);
}

// Who does not speak TLS does not the second time.
const permanentCodes = /^(?:ERR_(?!STREAM)|EPROTO|UNKNOWN_CERTIFICATE)/;

/** The code of an error, or of what caused it. */
function codeOf(error: unknown): string | undefined {
  const own = errnoOf(error);
  const { cause } = error instanceof Error ? error : {};
  return cause === undefined ? own : (codeOf(cause) ?? own);
}

const trust = "Name the file of the authority's certificate in NODE_EXTRA_CA_CERTS";

/** What to check where access is denied, and where no server is found. */
const advice = {
  amazon: {
    identity:
      "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the role of the pod's service account: it needs s3:GetObject, and s3:ListBucket for a prefix",
    address: "Check AWS_ENDPOINT_URL_S3 or S3_ENDPOINT, AWS_REGION, the network and the proxy",
  },
  azure: {
    identity:
      "Check the signature of the URL, AZURE_STORAGE_ACCESS_KEY, AZURE_STORAGE_CONNECTION_STRING, or the pod's identity: it needs the role Storage Blob Data Reader",
    address: "Check the name of the account, the network and the proxy",
  },
  google: {
    identity:
      "Check GOOGLE_APPLICATION_CREDENTIALS, or the pod's service account: it needs the role storage.objectViewer",
    address: "Check STORAGE_EMULATOR_HOST, the network and the proxy",
  },
} as const;

/**
 * The error for a fault, which is a CONTEXT_NOT_FOUND, CONTEXT_REFUSED or CONTEXT_UNREACHABLE. `what` is what could
 * not be read, where that is not the whole context.
 */
export function bucketError(
  { bucket, cloud, name }: BucketSource,
  { kind, reason, retryable = false }: BucketFault,
  what = `the context ${name}`,
): ContextError {
  const container = `${cloud === "azure" ? "container" : "bucket"} ${bucket}`;
  const { address, identity } = advice[cloud];
  const cases = {
    "no-bucket": ["NOT_FOUND", `there is no ${container}`, `Check the name of the ${container}`],
    "no-object": [
      "NOT_FOUND",
      "there is no such object",
      "Check the key, which ends in / where all objects below it are meant",
    ],
    denied: ["REFUSED", "access is denied", identity],
    "no-identity": ["REFUSED", "there are no credentials that work", identity],
    changed: ["UNREACHABLE", "it was changed while it was downloaded", "Build again"],
    "no-host": ["UNREACHABLE", "the host is unknown", address],
    untrusted: ["UNREACHABLE", "the server's certificate is not trusted", trust],
    unreachable: ["UNREACHABLE", "the server does not answer", address],
    refused: ["REFUSED", "the server refuses", address],
  } as const;
  const [code, text, hint] = cases[kind];
  const message = `cannot read ${what}: ${text} (${reason})`;
  return new ContextError(`CONTEXT_${code}`, message, { hint, retryable });
}
