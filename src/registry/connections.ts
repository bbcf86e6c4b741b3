import { setFlagsFromString } from "node:v8";
import { buildConnector, type Dispatcher, Pool, ProxyAgent } from "undici";
import { errnoOf } from "../errors/filesystem-error.ts";
import type { ProxyOf } from "../support/proxies.ts";
import type { Access } from "./host.ts";
import type { SettingsOf, TlsSettings } from "./host-settings.ts";
import type { RegistryTimeouts } from "./registry-options.ts";

export interface ConnectionsOptions {
  readonly settingsOf: SettingsOf;
  readonly timeouts: RegistryTimeouts;
  readonly proxyOf: ProxyOf;
}

/**
 * What a connection is for. Short requests share one in HTTP/2 where the server offers that. Each long body gets one
 * of its own in HTTP/1.1: how fast it goes is then TCP's affair, where in HTTP/2 no more is under way than
 * the window that the server grants, often 64 KiB for an upload.
 */
export type Use = "short" | "long";

/** Keep-alive connections to all hosts, direct or through proxies: a pool for each origin, its certificates, and use. */
export class Connections implements AsyncDisposable {
  readonly #options: ConnectionsOptions;
  readonly #pools = new Map<string, Map<TlsSettings, Dispatcher>>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pools = [...this.#pools.values()].flatMap((ofOrigin) => [...ofOrigin.values()]);
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  /** What requests to `url` go through. */
  to(url: URL, access: Access, use: Use): Dispatcher {
    const { tls } = this.#options.settingsOf(url.host, access);
    const isHttp2 = use === "short" && url.protocol === "https:";
    const key = `${url.origin} ${isHttp2 ? "2" : "1.1"}`;
    const ofOrigin = this.#pools.get(key) ?? new Map<TlsSettings, Dispatcher>();
    this.#pools.set(key, ofOrigin);
    const pool = ofOrigin.get(tls) ?? this.#open(url, access, isHttp2);
    ofOrigin.set(tls, pool);
    return pool;
  }

  #open(url: URL, access: Access, isHttp2: boolean): Dispatcher {
    const { proxyOf, settingsOf, timeouts } = this.#options;
    const connect = connectOptions(settingsOf(url.host, access).tls, timeouts.connectMs);
    const proxy = proxyOf(url);
    if (proxy === undefined) {
      return new Pool(url.origin, {
        allowH2: isHttp2,
        connect: isHttp2 ? { ...connect, preferH2: true } : connectInHttp1(connect),
      });
    }
    const proxyTls = settingsOf(proxy.host, access).tls;
    const proxyConnect = connectOptions(proxyTls, timeouts.connectMs);
    return openProxied(proxy, { connect, proxyConnect, isHttp2 });
  }
}

type ConnectOptions = ReturnType<typeof connectOptions>;

function connectOptions({ ca, ...rest }: TlsSettings, timeout: number) {
  return { timeout, ...rest, ...(ca === undefined ? {} : { ca: [...ca] }) };
}

/**
 * With its first connection undici makes its parser of HTTP/1.1, which is WebAssembly. V8 takes longer to optimise that, after a few answers,
 * than all heads of a build's answers take without it: bodies are not parsed. What is allowed here is how much code runs before.
 */
function withoutOptimisedParser(connected: () => void): void {
  setFlagsFromString("--wasm-tiering-budget=1000000000");
  connected();
  // V8's default. It takes code that is cached only where all flags have the same values as when it was made.
  setFlagsFromString("--wasm-tiering-budget=13000000");
}

/** Connects in HTTP/1.1, and in HTTP/2 where a server speaks nothing else. */
function connectInHttp1(options: ConnectOptions): buildConnector.connector {
  const http1 = buildConnector({ ...options, allowH2: false });
  const http2 = buildConnector({ ...options, preferH2: true });
  return (target, callback) => {
    http1(target, (...result) => {
      const isRefused = errnoOf(result[0]) === "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL";
      if (isRefused) http2(target, callback);
      else withoutOptimisedParser(() => callback(...result));
    });
  };
}

/** Goes through a proxy: by a tunnel to what speaks TLS, else by requests that name the whole address. */
function openProxied(
  proxy: URL,
  {
    connect,
    isHttp2,
    proxyConnect,
  }: {
    readonly connect: ConnectOptions;
    readonly proxyConnect: ConnectOptions;
    readonly isHttp2: boolean;
  },
): Dispatcher {
  const { username, password } = proxy;
  const credentials = [username, password].map(decodeURIComponent).join(":");
  const token = `Basic ${Buffer.from(credentials).toString("base64")}`;
  return new ProxyAgent({
    uri: proxy.href,
    ...(username === "" || proxy.protocol === "socks5:" ? {} : { token }),
    proxyTunnel: false,
    allowH2: isHttp2,
    requestTls: isHttp2 ? { ...connect, preferH2: true } : connect,
    proxyTls: { ...proxyConnect, allowH2: false },
    // Of the request for a tunnel, which has no limit of its own.
    clientFactory: (origin, options) =>
      new Pool(origin, { ...options, headersTimeout: connect.timeout }),
  });
}
