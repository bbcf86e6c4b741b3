import { isBuilderError } from "../errors/builder-error.ts";
import { errorCodes } from "../errors/codes.ts";
import { formatRepository, type Repository } from "../image/reference.ts";
import { readProxies } from "../support/proxies.ts";
import type { Environment } from "./credentials/credential-helper.ts";
import type { Credentials, FindOptions } from "./credentials/credentials.ts";
import type { ListedSource } from "./credentials/credentials-sources.ts";
import { readHostSettings } from "./host-settings.ts";
import { defaultTimeouts, type RegistryOptions } from "./registry-options.ts";
import { Transport } from "./transport.ts";

/** What one source said, without secrets. */
export type SourceReport = { readonly source: string } & (
  | {
      readonly said: "found";
      readonly origin: string;
      /** Null where it is a token without one. */
      readonly username: string | null;
    }
  | { readonly said: "absent"; readonly reason: string }
  | {
      readonly said: "failed";
      readonly code: string;
      readonly reason: string;
      readonly hint: string;
    }
  /** Since an earlier one has credentials. */
  | { readonly said: "not-asked" }
);

/** What all sources said of one repository. Fields may be added, and are not renamed or removed. */
export interface CredentialsReport {
  readonly repository: string;
  /** The source whose credentials are used; null where there are none, and where one failed, which ends a build. */
  readonly used: string | null;
  /** In the order that they are asked in. */
  readonly sources: readonly SourceReport[];
}

export interface ExplainOptions {
  readonly sources: readonly ListedSource[];
  readonly registries: RegistryOptions;
  /** Variables that may name proxies. */
  readonly environment: Environment;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/** Asks sources for the credentials of a repository as a build does, up to the first that has any. */
export async function explainCredentials(
  repository: Repository,
  { environment, registries, signal, sources, userAgent }: ExplainOptions,
): Promise<CredentialsReport> {
  await using transport = new Transport({
    settingsOf: await readHostSettings(registries),
    timeouts: defaultTimeouts,
    proxyOf: readProxies(environment),
  });
  const options: FindOptions = {
    signal,
    send: (request) => {
      const headers = { ...request.headers, "user-agent": userAgent };
      return transport.send({ ...request, headers, access: "push", signal });
    },
  };
  const reports: SourceReport[] = [];
  for (const source of sources) {
    const isDone = reports.some(({ said }) => said === "found");
    reports.push(
      isDone && source.failure === undefined
        ? { source: source.name, said: "not-asked" }
        : await ask(source, repository, options),
    );
  }
  const fails = reports.some(({ said }) => said === "failed");
  const found = reports.find(({ said }) => said === "found");
  return {
    repository: formatRepository(repository),
    used: fails ? null : (found?.source ?? null),
    sources: reports,
  };
}

async function ask(
  source: ListedSource,
  repository: Repository,
  options: FindOptions,
): Promise<SourceReport> {
  const { name } = source;
  try {
    const answer = await source.find(repository, options);
    if (answer.kind === "absent") return { source: name, said: "absent", reason: answer.reason };
    const username = userOf(answer.credentials);
    return { source: name, said: "found", origin: answer.origin, username };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isBuilderError(error)) throw error;
    const { code, hint, message } = error;
    return {
      source: name,
      said: "failed",
      code,
      reason: message,
      hint: hint ?? errorCodes[code].hint,
    };
  }
}

function userOf(credentials: Credentials): string | null {
  return credentials.kind === "basic" ? credentials.username : null;
}
