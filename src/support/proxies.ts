import { BlockList, isIP } from "node:net";
import { UsageError } from "../errors/usage-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Gives the proxy that requests to an address go through, or undefined where they go there directly. */
export type ProxyOf = (url: URL) => URL | undefined;

/**
 * Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or else the same in lower case, as programs in Go do
 * (https://pkg.go.dev/golang.org/x/net/http/httpproxy): a proxy without a scheme is spoken to in http,
 * and this machine itself is reached directly.
 *
 * @throws USAGE_INVALID_VALUE when a proxy is no address; what it is stays unsaid, since it may hold a password.
 */
export function readProxies(environment: Environment): ProxyOf {
  const http = readProxy(environment, "HTTP_PROXY");
  const https = readProxy(environment, "HTTPS_PROXY");
  const exceptions = read(environment, "NO_PROXY")
    .split(",")
    .map((text) => text.trim().toLowerCase())
    .filter((text) => text !== "")
    .map(parseException);
  return (url) => {
    const proxy = url.protocol === "https:" ? https : http;
    if (proxy === undefined) return undefined;
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (isLocal(host)) return undefined;
    const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
    return exceptions.some((matches) => matches(host, port)) ? undefined : proxy;
  };
}

const schemes = new Set(["http:", "https:", "socks5:"]);

function readProxy(environment: Environment, name: string): URL | undefined {
  const value = read(environment, name).trim();
  if (value === "") return undefined;
  const text = value.includes("://") ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && schemes.has(url.protocol)) return url;
  throw new UsageError("USAGE_INVALID_VALUE", `the environment variable ${name} is no address`, {
    hint: "Write http://HOST:PORT",
  });
}

function read(environment: Environment, name: string): string {
  const upper = environment[name] ?? "";
  return upper === "" ? (environment[name.toLowerCase()] ?? "") : upper;
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

function isLocal(host: string): boolean {
  return host === "localhost" || (isIP(host) > 0 && loopback.check(host, familyOf(host)));
}

type Matches = (host: string, port: string) => boolean;

/** One of `*`, `10.0.0.0/8`, `10.1.2.3`, `example.com` (with all below it), `.example.com` (only those), each but ranges with a port. */
function parseException(text: string): Matches {
  if (text === "*") return () => true;
  const [address = "", bits] = text.split("/");
  if (bits !== undefined && isIP(address) > 0 && /^[0-9]{1,3}$/.test(bits)) {
    return inSubnet(address, Number(bits));
  }
  const [, name = text, port] = /^(\[[^\]]*\]|[^:]*):([0-9]+)$/.exec(text) ?? [];
  const host = name.replace(/^\[|\]$/g, "").replace(/^\*(?=\.)/, "");
  return (otherHost, otherPort) => {
    if (port !== undefined && port !== otherPort) return false;
    if (host.startsWith(".")) return otherHost.endsWith(host);
    return otherHost === host || (isIP(host) === 0 && otherHost.endsWith(`.${host}`));
  };
}

function inSubnet(address: string, bits: number): Matches {
  const list = new BlockList();
  if (bits > (isIP(address) === 4 ? 32 : 128)) return () => false;
  list.addSubnet(address, bits, familyOf(address));
  return (host) => isIP(host) > 0 && list.check(host, familyOf(host));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}
