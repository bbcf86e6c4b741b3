import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { RegistryError } from "../errors/registry-error.ts";
import { connectionFailure } from "./connection-failure.ts";
import { Connections, type ConnectionsOptions, type Use } from "./connections.ts";
import type { Access } from "./host.ts";
import type { SettingsOf } from "./host-settings.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { redirectTarget, withoutAuthorization } from "./redirect.ts";
import type { RegistryTimeouts } from "./registry-options.ts";
import { UploadWatch } from "./upload-watch.ts";

const mostRedirects = 5;

/** Sends HTTP requests. Knows timeouts and redirects, and nothing of registries. */
export class Transport implements AsyncDisposable {
  readonly #settingsOf: SettingsOf;
  readonly #timeouts: RegistryTimeouts;
  readonly #connections: Connections;

  constructor(options: ConnectionsOptions) {
    this.#settingsOf = options.settingsOf;
    this.#timeouts = options.timeouts;
    this.#connections = new Connections(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connections[Symbol.asyncDispose]();
  }

  /**
   * Sends `request` once, and follows redirects of GET and HEAD. Credentials are left out of
   * requests to another origin, and a redirect from HTTPS to HTTP is followed only where plain HTTP will do.
   *
   * @throws REGISTRY_UNREACHABLE, REGISTRY_PROTOCOL, or the signal's reason.
   */
  async send(request: HttpRequest): Promise<HttpResponse> {
    let { url, headers } = request;
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#sendOnce({ ...request, url, headers });
      const target = redirectTarget(request.method, response, redirects < mostRedirects);
      if (target === undefined) return response;
      await response.discard();
      this.#assertNoDowngrade(url, target, request.access);
      if (target.origin !== url.origin) headers = withoutAuthorization(headers);
      url = target;
    }
  }

  async #sendOnce(request: HttpRequest): Promise<HttpResponse> {
    const { url, method, body, signal } = request;
    const watch = new UploadWatch(this.#timeouts.idleMs, signal);
    const sent = body === undefined ? undefined : watch.watch(await body.open());
    try {
      const response = await this.#connections.to(url, request.access, useOf(request)).request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: {
          ...request.headers,
          ...(body === undefined ? {} : { "content-length": String(body.sizeBytes) }),
        },
        headersTimeout: request.answerTimeoutMs ?? this.#timeouts.idleMs,
        bodyTimeout: this.#timeouts.idleMs,
        // Else undici ends the connection after each HEAD.
        reset: false,
        signal: watch.signal,
        ...(sent === undefined ? {} : { body: sent }),
      });
      if (request.isStream !== true) endWithin(this.#timeouts.idleMs, response.body);
      return describe(response, url);
    } catch (error) {
      signal?.throwIfAborted();
      throw connectionFailure(watch.failure ?? error, url.host);
    } finally {
      watch.end();
    }
  }

  #assertNoDowngrade(from: URL, to: URL, access: Access): void {
    if (from.protocol !== "https:" || to.protocol === "https:") return;
    if (this.#settingsOf(to.host, access).plainHttp) return;
    throw new RegistryError(
      "REGISTRY_PROTOCOL",
      `${from.host} redirects to plain HTTP on ${to.host}`,
      { host: from.host, hint: `If that is intended, allow it: --insecure-registry=${to.host}` },
    );
  }
}

/** What every server takes in HTTP/2 before it grants more, in bytes (RFC 9113, section 6.9.2). */
const firstWindowBytes = 65_535;

function useOf({ body, isStream = false }: HttpRequest): Use {
  return isStream || (body?.sizeBytes ?? 0) > firstWindowBytes ? "long" : "short";
}

/** A body that trickles in is given up. */
function endWithin(timeoutMs: number, body: Readable): void {
  const timer = setTimeout(() => {
    body.destroy(new Error(`its answer took longer than ${Math.round(timeoutMs / 1000)} s`));
  }, timeoutMs);
  timer.unref();
  body.once("close", () => clearTimeout(timer));
}

const largestDiscarded = 64 * 1024;

function describe({ statusCode, headers, body }: Dispatcher.ResponseData, url: URL): HttpResponse {
  // A connection that breaks before the body is looked at must not end the process.
  body.on("error", () => undefined);
  const values = (name: string): readonly string[] => {
    const value = headers[name];
    if (value === undefined) return [];
    return typeof value === "string" ? [value] : value;
  };
  return {
    status: statusCode,
    url,
    body,
    isDelimited: values("content-length").length > 0 || values("transfer-encoding").length > 0,
    discard: () => body.dump({ limit: largestDiscarded }),
    header: (name) => values(name)[0],
    headers: values,
  };
}
