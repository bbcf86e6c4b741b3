import { RegistryError, type RegistryErrorOptions } from "../errors/registry-error.ts";
import { readBounded } from "../support/read-bounded.ts";
import { connectionFailure } from "./connection-failure.ts";
import type { HttpResponse } from "./http.ts";

/** An answer that says when to come again (Retry-After). */
export class RetryLaterError extends RegistryError {
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: RegistryErrorOptions, retryAfterMs: number | undefined) {
    super("REGISTRY_UNAVAILABLE", message, { ...options, retryable: true });
    this.retryAfterMs = retryAfterMs;
  }
}

/** The registry does not let a tag be changed. Each registry has its own words for that. */
export class ImmutableTagError extends RegistryError {
  constructor(message: string, options: RegistryErrorOptions) {
    const hint =
      "Push under a new tag, or leave such tags alone: --push-ignore-immutable-tag-errors";
    super("REGISTRY_REJECTED", message, { ...options, hint });
  }
}

/** What a request was for, for the error when it is refused. */
export interface Purpose {
  /** Completes "cannot ...": `read the manifest of docker.io/library/busybox:1`. */
  readonly doing: string;
  /** The whole message when the registry says that there is no such thing. */
  readonly notFound?: string;
  /** What is known about the credentials that were used: `as "ci" (of /config.json)`. */
  readonly credentials: string;
}

const bodyLimitBytes = 64 * 1024;
const longestQuote = 500;

/** The error for an answer that is none of those expected. Reads the answer's body. */
export async function answerFailure(
  response: HttpResponse,
  purpose: Purpose,
): Promise<RegistryError> {
  const { status, url } = response;
  const { host } = url;
  const said = await readErrors(response);
  const reason = [String(status), said.text].filter((part) => part !== "").join(" ");
  const message = `cannot ${purpose.doing}: ${host} answered ${reason}`;
  const options = { host, status };
  if (status === 408 || status === 429 || (status >= 500 && status !== 501)) {
    return new RetryLaterError(
      message,
      {
        ...options,
        hint: "The registry is overloaded, limits its use or is not well; try again later",
      },
      parseRetryAfter(response.header("retry-after"), Date.now()),
    );
  }
  if (/immutab/i.test(said.text)) return new ImmutableTagError(message, options);
  if (status === 401 || status === 403) {
    return new RegistryError(
      "REGISTRY_UNAUTHORIZED",
      `cannot ${purpose.doing}: ${host} refused access ${purpose.credentials}: ${reason}`,
      { ...options, hint: unauthorizedHint(status) },
    );
  }
  if (status === 404) {
    const missing = purpose.notFound ?? `${message}: not found`;
    return new RegistryError("REGISTRY_NOT_FOUND", missing, {
      ...options,
      hint: "Check the registry, the repository and the tag",
    });
  }
  return new RegistryError("REGISTRY_REJECTED", message, options);
}

function unauthorizedHint(status: number): string {
  return status === 401
    ? "Check the user and the password, and by slipway auth explain where they are from; registries also say this of repositories that do not exist"
    : "The user is known but may not do this; ask who administers the registry";
}

interface RegistryAnswer {
  /** Codes and messages for people, or the start of whatever was sent. */
  readonly text: string;
}

/** Reads the errors of a registry (OCI distribution specification, "Error Codes"). */
async function readErrors(response: HttpResponse): Promise<RegistryAnswer> {
  const read = await readBounded(response.body, bodyLimitBytes).catch((error: unknown) => {
    throw connectionFailure(error, response.url.host);
  });
  if (read.kind === "too-long") return { text: "" };
  const text = read.bytes.toString("utf8").trim();
  return { text: (describeErrors(text) ?? text).slice(0, longestQuote) };
}

function describeErrors(text: string): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const errors = memberOf(document, "errors");
  if (!Array.isArray(errors)) return undefined;
  return errors
    .slice(0, 5)
    .map((each: unknown) =>
      [memberOf(each, "code"), memberOf(each, "message")]
        .filter((part) => typeof part === "string" && part !== "")
        .join(": "),
    )
    .join("; ");
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** Reads Retry-After (RFC 9110, section 10.2.3), seconds or a date, as milliseconds from `nowMs`. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(date - nowMs, 0);
}
