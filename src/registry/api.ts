import type { Logger } from "../log/logger.ts";
import { type RetryPolicy, retry } from "../support/retry.ts";
import { answerFailure, type Purpose, RetryLaterError } from "./answer-failure.ts";
import type { Authorizer, Intent } from "./authorizer.ts";
import type { Access } from "./host.ts";
import type { HttpBody, HttpRequest, HttpResponse } from "./http.ts";
import type { Origins } from "./origins.ts";
import type { Transport } from "./transport.ts";

/** One request of the distribution API. */
export interface ApiRequest extends Intent {
  readonly method: HttpRequest["method"];
  /** Below `/v2/<path>/`, or an address that the registry gave. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  /** The statuses that are an answer; any other is an error. */
  readonly expect: readonly number[];
  readonly purpose: Omit<Purpose, "credentials">;
  readonly answerTimeoutMs?: number;
  readonly isStream?: boolean;
}

export interface ApiOptions {
  readonly transport: Transport;
  readonly origins: Origins;
  readonly authorizer: Authorizer;
  readonly userAgent: string;
  readonly retry: Readonly<Record<Access, RetryPolicy>>;
  readonly log: Logger;
}

/** What is done with retries. */
export interface Retried {
  /** For the log. */
  readonly doing: string;
  readonly access: Access;
  readonly signal?: AbortSignal | undefined;
}

/** The first answer may say only how to prove who one is, the second that the proof is over. */
const mostRenewals = 2;

/** Sends requests of the distribution API with the right origin and authorization. */
export class RegistryApi {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /**
   * Sends a request once; when it is refused for want of permission, again with new authorization,
   * twice at most.
   *
   * @throws REGISTRY_*, CREDENTIALS_INVALID, or the signal's reason.
   */
  async send(request: ApiRequest): Promise<HttpResponse> {
    const { authorizer, origins, log } = this.#options;
    const { repository, access, signal, target } = request;
    const origin = await origins.of({ registry: repository.registry, access, signal });
    const url =
      typeof target === "string" ? new URL(`/v2/${repository.path}/${target}`, origin) : target;
    // Registries may have blobs sent to a store of another host, which their tokens are not for.
    const own = url.origin === origin;
    let header = own ? await authorizer.authorize(request) : undefined;
    let response = await this.#sendTo(url, request, header);
    for (let attempt = 1; attempt <= mostRenewals; attempt += 1) {
      const isRefused = response.status === 401 || response.status === 403;
      if (!isRefused || response.url.origin !== origin) break;
      const renewed = await authorizer.renew(request, response, header);
      if (renewed === undefined) break;
      await response.discard();
      header = renewed;
      response = await this.#sendTo(url, request, header);
    }
    log.trace("registry answered", {
      method: request.method,
      url: url.origin + url.pathname,
      status: response.status,
    });
    if (request.expect.includes(response.status)) return response;
    const credentials = await authorizer.describeCredentials(request);
    throw await answerFailure(response, { ...request.purpose, credentials });
  }

  /** Does `work` with retries, as the policy for that kind of access says. */
  async retrying<T>({ doing, access, signal }: Retried, work: () => Promise<T>): Promise<T> {
    const { retry: policies, log } = this.#options;
    return retry(work, {
      policy: policies[access],
      signal,
      askedDelayMs: (error) => (error instanceof RetryLaterError ? error.retryAfterMs : undefined),
      onRetry: (error, attempt, delayMs) =>
        log.warn("registry request failed, trying again", {
          doing,
          reason: error.message,
          attempt,
          delayMs,
        }),
    });
  }

  #sendTo(url: URL, request: ApiRequest, authorization?: string): Promise<HttpResponse> {
    const { method, access, body, answerTimeoutMs, isStream, signal } = request;
    return this.#options.transport.send({
      method,
      url,
      access,
      body,
      answerTimeoutMs,
      isStream,
      signal,
      headers: {
        "user-agent": this.#options.userAgent,
        ...request.headers,
        ...(authorization === undefined ? {} : { authorization }),
      },
    });
  }
}
