import { isBuilderError } from "../../../errors/builder-error.ts";
import { RegistryError } from "../../../errors/registry-error.ts";
import { endingRequests } from "../../../support/clouds/ending-requests.ts";
import { withDeadline } from "../../../support/deadline.ts";
import type { Environment } from "../credential-helper.ts";
import { absent, type CredentialsAnswer, type CredentialsOptions } from "../credentials.ts";

/** What the sources of all clouds are given. */
export interface CloudSurroundings {
  /** That of the process, since the SDKs look there too. */
  readonly environment: Environment;
  /** Told why an identity that nobody configured is not used. */
  readonly warn: (text: string) => void;
}

/** Who asks for a token, and for what. */
export interface Login extends CloudSurroundings, CredentialsOptions {
  /** The registry's. */
  readonly host: string;
  /** Who the pod is, without secrets: `web identity of role ...`. */
  readonly identity: string;
  /** What an answer is called in the log: `ECR token`. */
  readonly what: string;
  /** Whether a failure ends the build, and is not just a reason to go on without credentials. */
  readonly mustWork: (error: unknown) => boolean;
  /** Default 30,000. */
  readonly timeoutMs?: number;
}

/** A token as credentials. */
export type CloudToken = Pick<
  CredentialsAnswer & { readonly kind: "found" },
  "credentials" | "renewAtMs"
>;

const defaultTimeoutMs = 30_000;
const longestReason = 500;
const noIdentity = "the environment configures no identity, and no metadata server knows the pod";

/**
 * Answers with what `getToken` gives, undefined being nobody.
 *
 * @throws CREDENTIALS_INVALID where it fails and has to work; what `send` throws.
 */
export async function logIn(
  login: Login,
  getToken: (signal: AbortSignal) => Promise<CloudToken | undefined>,
): Promise<CredentialsAnswer> {
  const { host, identity, mustWork, signal, warn, what } = login;
  try {
    const token = await withDeadline((ended) => endingRequests(ended, () => getToken(ended)), {
      signal,
      timeoutMs: login.timeoutMs ?? defaultTimeoutMs,
    });
    if (token === undefined) return absent(noIdentity);
    return { kind: "found", origin: `${what} by ${identity}`, ...token };
  } catch (error) {
    signal?.throwIfAborted();
    if (isBuilderError(error)) throw error;
    const failure = `cannot log in to ${host} by ${identity}: ${reasonOf(error)}`;
    if (mustWork(error)) throw loginFailure(host, failure);
    warn(`${failure}; going on without credentials`);
    return absent(failure);
  }
}

/** An error without its cause: SDKs keep requests, and with them secrets, in their errors. */
function loginFailure(host: string, message: string): RegistryError {
  return new RegistryError("CREDENTIALS_INVALID", message, {
    host,
    hint: "Check the identity of the pod and what it may do, or give credentials in docker's config.json",
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return "it took too long";
  if (!(error instanceof Error)) return String(error).slice(0, longestReason);
  const name = /^(Error|TypeError|AggregateError)$/.test(error.name) ? "" : `${error.name}: `;
  return `${name}${error.message}`.replaceAll(/\s+/g, " ").trim().slice(0, longestReason);
}
