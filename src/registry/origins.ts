import { RegistryError } from "../errors/registry-error.ts";
import { connectionFault } from "./connection-failure.ts";
import { type Access, apiHost, isLoopback } from "./host.ts";
import type { SettingsOf } from "./host-settings.ts";
import type { Transport } from "./transport.ts";

/** Whose origin is asked for, and for what. */
export interface OriginRequest {
  readonly registry: string;
  readonly access: Access;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds out whether a registry speaks HTTPS or plain HTTP. Only HTTPS is tried, unless plain HTTP will
 * do: then HTTPS comes first and plain HTTP when nobody speaks TLS there, and the other way round on
 * the loopback interface, where there is nobody to hide from.
 */
export class Origins {
  readonly #transport: Transport;
  readonly #settingsOf: SettingsOf;
  readonly #found = new Map<string, Promise<string>>();

  constructor(transport: Transport, settingsOf: SettingsOf) {
    this.#transport = transport;
    this.#settingsOf = settingsOf;
  }

  /**
   * The origin, such as `https://registry-1.docker.io`, of a registry's API.
   *
   * @throws REGISTRY_UNREACHABLE
   */
  async of(request: OriginRequest): Promise<string> {
    const host = apiHost(request.registry);
    const { plainHttp } = this.#settingsOf(request.registry, request.access);
    if (!plainHttp) return new URL(`https://${host}`).origin;
    const key = `${request.access} ${host}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found = this.#find(host, request);
    this.#found.set(key, found);
    found.catch(() => this.#found.delete(key));
    return found;
  }

  async #find(host: string, request: OriginRequest): Promise<string> {
    const http = new URL(`http://${host}`).origin;
    const https = new URL(`https://${host}`).origin;
    const [first, second] = isLoopback(host) ? [http, https] : [https, http];
    const one = await this.#probe(first, request);
    if (one.kind === "speaks") return first;
    const other = await this.#probe(second, request);
    if (other.kind === "speaks") return second;
    if (one.kind === "doubtful") return first;
    if (other.kind === "doubtful") return second;
    // That TLS is not spoken says less than any other failure.
    throw connectionFault(one.error.cause) === "protocol" ? other.error : one.error;
  }

  async #probe(origin: string, { access, signal }: OriginRequest): Promise<Probe> {
    const url = new URL("/v2/", origin);
    try {
      const request = { method: "GET", url, access, headers: {}, signal } as const;
      const response = await this.#transport.send(request);
      await response.discard();
      // 400 is how a server that speaks TLS answers plain HTTP.
      const doubtful = url.protocol === "http:" && response.status === 400;
      return { kind: doubtful ? "doubtful" : "speaks" };
    } catch (error) {
      const unreachable = error instanceof RegistryError;
      if (!unreachable || connectionFault(error.cause) === "certificate") throw error;
      return { kind: "failed", error };
    }
  }
}

type Probe =
  | { readonly kind: "speaks" }
  | { readonly kind: "doubtful" }
  | { readonly kind: "failed"; readonly error: RegistryError };
