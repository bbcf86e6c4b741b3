import { RegistryError } from "../errors/registry-error.ts";
import type { HttpResponse } from "./http.ts";

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/**
 * Where `response` sends a GET or HEAD on to, or undefined when it is the answer itself.
 *
 * @throws REGISTRY_PROTOCOL when there is no usable address, or `mayFollow` is false.
 */
export function redirectTarget(
  method: string,
  response: HttpResponse,
  mayFollow: boolean,
): URL | undefined {
  const followed = method === "GET" || method === "HEAD";
  if (!followed || !redirectStatuses.has(response.status)) return undefined;
  const { host } = response.url;
  if (!mayFollow) throw broken(host, `${host} redirects too often`);
  const target = parseLocation(response);
  if (target.protocol !== "https:" && target.protocol !== "http:") {
    throw broken(host, `${host} redirects to an address of another protocol`);
  }
  return target;
}

/**
 * The address in the Location header of `response`, absolute or relative to where it came from. An
 * address that differs from that only by being plain HTTP gets HTTPS: registries behind a proxy that
 * ends TLS often do not know better.
 *
 * @throws REGISTRY_PROTOCOL
 */
export function parseLocation(response: HttpResponse): URL {
  const { host } = response.url;
  const location = response.header("location");
  if (location === undefined) throw broken(host, `${host} sent no Location header`);
  if (!URL.canParse(location, response.url.href)) {
    throw broken(host, `${host} sent a Location header that is no address`);
  }
  const target = new URL(location, response.url);
  const secured = response.url.protocol === "https:" && target.hostname === response.url.hostname;
  const samePort = target.port === response.url.port || target.port === "80";
  if (secured && samePort && target.protocol === "http:") {
    target.protocol = "https:";
    target.port = response.url.port;
  }
  return target;
}

function broken(host: string, message: string): RegistryError {
  return new RegistryError("REGISTRY_PROTOCOL", message, { host });
}

/** `headers` without what must not reach another origin. */
export function withoutAuthorization(
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"),
  );
}
