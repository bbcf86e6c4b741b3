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
    if (!plainHttp) return `https://${host}`;
    const key = `${request.access} ${host}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found = this.#find(host, request);
    this.#found.set(key, found);
    found.catch(() => this.#found.delete(key));
    return found;
  }

  async #find(host: string, request: OriginRequest): Promise<string> {
    const [first, second] = isLoopback(host) ? ["http", "https"] : ["https", "http"];
    try {
      const status = await this.#probe(`${first}://${host}`, request);
      // 400 is how a server that speaks TLS answers plain HTTP.
      if (first === "https" || status !== 400) return `${first}://${host}`;
    } catch (error) {
      const unreachable = error instanceof RegistryError;
      if (!unreachable || connectionFault(error.cause) === "certificate") throw error;
    }
    await this.#probe(`${second}://${host}`, request);
    return `${second}://${host}`;
  }

  async #probe(origin: string, { access, signal }: OriginRequest): Promise<number> {
    const url = new URL("/v2/", origin);
    const response = await this.#transport.send({
      method: "GET",
      url,
      access,
      headers: {},
      signal,
    });
    await response.discard();
    return response.status;
  }
}
