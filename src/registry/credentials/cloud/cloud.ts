import { RegistryError } from "../../../errors/registry-error.ts";
import type { Environment } from "../credential-helper.ts";

/** What the sources of all clouds are given. */
export interface CloudSurroundings {
  /** That of the process, since the SDKs look there too. */
  readonly environment: Environment;
  /** Told why an identity that nobody configured is not used. */
  readonly warn: (text: string) => void;
}

/** How long an identity may take to become a token, in milliseconds. */
export const loginTimeoutMs = 30_000;

const longestReason = 500;

/** The error for an identity that gets no token for a registry. `error` is what the SDK threw. */
export function loginFailure(host: string, identity: string, error: unknown): RegistryError {
  // Not as its cause: SDKs keep requests, and with them secrets, in their errors.
  return new RegistryError(
    "CREDENTIALS_INVALID",
    `cannot log in to ${host} by ${identity}: ${reasonOf(error)}`,
    { host, hint: "Check what the identity may do, or give credentials in docker's config.json" },
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, longestReason);
  const name = /^(Error|TypeError|AggregateError)$/.test(error.name) ? "" : `${error.name}: `;
  return `${name}${error.message}`.replaceAll(/\s+/g, " ").trim().slice(0, longestReason);
}
