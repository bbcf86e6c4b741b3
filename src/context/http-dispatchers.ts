import { Agent, type Dispatcher, ProxyAgent } from "undici";
import { type ProxyOf, readProxies } from "../support/proxies.ts";
import type { RemoteAccess } from "./remote-access.ts";

const timeouts = {
  connect: { timeout: 15_000 },
  /** For an answer to begin, and between two pieces of a body. */
  headersTimeout: 60_000,
  bodyTimeout: 60_000,
  /** In HTTP/2 a file without a length that is cut may look whole, and a single one gains nothing. */
  allowH2: false,
};

/** The connections of one download: direct, or through the proxies that the environment names. */
export class HttpDispatchers implements AsyncDisposable {
  readonly #proxyOf: ProxyOf;
  /** By the address of the proxy, which is empty for none. */
  readonly #opened = new Map<string, Dispatcher>();

  /** @throws USAGE_INVALID_VALUE when a proxy is no URL. */
  constructor(environment: RemoteAccess["environment"]) {
    this.#proxyOf = readProxies(environment);
  }

  /** What requests to `url` go through. */
  of(url: URL): Dispatcher {
    const uri = this.#proxyOf(url)?.href ?? "";
    const dispatcher = this.#opened.get(uri) ?? open(uri);
    this.#opened.set(uri, dispatcher);
    return dispatcher;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#opened.values()].map((each) => each.destroy()));
  }
}

function open(uri: string): Dispatcher {
  if (uri === "") return new Agent(timeouts);
  // Proxies usually tunnel to the port of https only.
  return new ProxyAgent({ ...timeouts, uri, proxyTunnel: false });
}
