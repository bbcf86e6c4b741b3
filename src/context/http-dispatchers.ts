import { type Dispatcher, EnvHttpProxyAgent } from "undici";
import { UsageError } from "../errors/usage-error.ts";
import type { RemoteAccess } from "./remote-access.ts";

const connectTimeoutMs = 15_000;
/** For an answer to begin, and between two pieces of a body. */
const idleTimeoutMs = 60_000;

type Environment = RemoteAccess["environment"];

/** The connections of one download: direct, or through the proxies that the environment names. */
export class HttpDispatchers implements AsyncDisposable {
  // Each knows one proxy only: an agent that knows both takes the one of http for https as well.
  readonly #http: Dispatcher;
  readonly #https: Dispatcher;

  /** @throws USAGE_INVALID_VALUE when a proxy is no URL. */
  constructor(environment: Environment) {
    const noProxy = read(environment, "NO_PROXY");
    const httpProxy = proxyUrl(environment, "HTTP_PROXY");
    const httpsProxy = proxyUrl(environment, "HTTPS_PROXY");
    this.#http = createAgent({ httpProxy, httpsProxy: "", noProxy });
    this.#https = createAgent({ httpProxy: "", httpsProxy, noProxy });
  }

  /** What requests to `url` go through. */
  of(url: URL): Dispatcher {
    return url.protocol === "https:" ? this.#https : this.#http;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#http.destroy(), this.#https.destroy()]);
  }
}

function createAgent(proxies: {
  httpProxy: string;
  httpsProxy: string;
  noProxy: string;
}): Dispatcher {
  return new EnvHttpProxyAgent({
    ...proxies,
    // Proxies usually tunnel to the port of https only.
    proxyTunnel: false,
    connect: { timeout: connectTimeoutMs },
    headersTimeout: idleTimeoutMs,
    bodyTimeout: idleTimeoutMs,
  });
}

/** As curl does: lower case wins, and a proxy without a scheme is spoken to in http. */
function proxyUrl(environment: Environment, name: string): string {
  const value = read(environment, name);
  if (value === "") return "";
  const url = value.includes("://") ? value : `http://${value}`;
  if (URL.canParse(url)) return url;
  throw new UsageError("USAGE_INVALID_VALUE", `the environment variable ${name} is no address`, {
    hint: "Write http://HOST:PORT",
  });
}

function read(environment: Environment, name: string): string {
  return environment[name.toLowerCase()] ?? environment[name] ?? "";
}
