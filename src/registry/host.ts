import { defaultRegistry } from "../image/reference.ts";

/** What a registry is used for: flags and credentials can differ between the two. */
export type Access = "pull" | "push";

const dockerHubNames = new Set([defaultRegistry, "index.docker.io", "registry-1.docker.io"]);
const dockerHubApi = "registry-1.docker.io";

/** One name for a registry that has several: those of Docker Hub are `docker.io`. */
export function canonicalRegistry(host: string): string {
  return dockerHubNames.has(host) ? defaultRegistry : host;
}

/** The host, and port where given, that answers the distribution API of `registry`. */
export function apiHost(registry: string): string {
  return registry === defaultRegistry ? dockerHubApi : registry;
}

/** Tells whether a host, with or without port, is this machine itself. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?$/i.test(host);
}
