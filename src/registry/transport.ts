import type { Readable } from "node:stream";
import { type Dispatcher, Pool, ProxyAgent } from "undici";
import { RegistryError } from "../errors/registry-error.ts";
import type { ProxyOf } from "../support/proxies.ts";
import { connectionFailure } from "./connection-failure.ts";
import type { Access } from "./host.ts";
import type { SettingsOf, TlsSettings } from "./host-settings.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { redirectTarget, withoutAuthorization } from "./redirect.ts";
import type { RegistryTimeouts } from "./registry-options.ts";
import { UploadWatch } from "./upload-watch.ts";

const mostRedirects = 5;

export interface TransportOptions {
  readonly settingsOf: SettingsOf;
  readonly timeouts: RegistryTimeouts;
  readonly proxyOf: ProxyOf;
}

/**
 * Sends HTTP requests over one keep-alive pool per origin. Knows timeouts, TLS, proxies and redirects, and
 * nothing of registries.
 */
export class Transport implements AsyncDisposable {
  readonly #settingsOf: SettingsOf;
  readonly #timeouts: RegistryTimeouts;
  readonly #proxyOf: ProxyOf;
  readonly #pools = new Map<string, Map<TlsSettings, Dispatcher>>();

  constructor({ settingsOf, timeouts, proxyOf }: TransportOptions) {
    this.#settingsOf = settingsOf;
    this.#timeouts = timeouts;
    this.#proxyOf = proxyOf;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pools = [...this.#pools.values()].flatMap((ofOrigin) => [...ofOrigin.values()]);
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
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
      const response = await this.#pool(url, request.access).request({
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

  #pool(url: URL, access: Access): Dispatcher {
    const { tls } = this.#settingsOf(url.host, access);
    const ofOrigin = this.#pools.get(url.origin) ?? new Map<TlsSettings, Dispatcher>();
    this.#pools.set(url.origin, ofOrigin);
    const pool = ofOrigin.get(tls) ?? this.#open(url, tls, access);
    ofOrigin.set(tls, pool);
    return pool;
  }

  #open(url: URL, tls: TlsSettings, access: Access): Dispatcher {
    const { connectMs } = this.#timeouts;
    const connect = connectOptions(tls, connectMs);
    const proxy = this.#proxyOf(url);
    // No HTTP/2: undici's takes a stream that was reset for one that has ended, where no length was said.
    if (proxy === undefined) return new Pool(url.origin, { connect });
    const proxyTls = this.#settingsOf(proxy.host, access).tls;
    return openProxied(proxy, { connect, proxyConnect: connectOptions(proxyTls, connectMs) });
  }
}

type ConnectOptions = ReturnType<typeof connectOptions>;

function connectOptions({ ca, ...rest }: TlsSettings, timeout: number) {
  return { timeout, ...rest, ...(ca === undefined ? {} : { ca: [...ca] }) };
}

/** Goes through a proxy: by a tunnel to what speaks TLS, else by requests that name the whole address. */
function openProxied(
  proxy: URL,
  {
    connect,
    proxyConnect,
  }: { readonly connect: ConnectOptions; readonly proxyConnect: ConnectOptions },
): Dispatcher {
  const { username, password } = proxy;
  const credentials = [username, password].map(decodeURIComponent).join(":");
  const token = `Basic ${Buffer.from(credentials).toString("base64")}`;
  return new ProxyAgent({
    uri: proxy.href,
    ...(username === "" || proxy.protocol === "socks5:" ? {} : { token }),
    proxyTunnel: false,
    requestTls: connect,
    proxyTls: proxyConnect,
    // Of the request for a tunnel, which has no limit of its own.
    clientFactory: (origin, options) =>
      new Pool(origin, { ...options, headersTimeout: connect.timeout }),
  });
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
    discard: () => body.dump({ limit: largestDiscarded }),
    header: (name) => values(name)[0],
    headers: values,
  };
}
