import { isBuilderError } from "../errors/builder-error.ts";
import { formatRepository, type Repository } from "../image/reference.ts";
import type { Logger } from "../log/logger.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import {
  type CredentialsAnswer,
  type CredentialsSource,
  findCredentials,
  isSameAnswer,
  renewalOf,
} from "./credentials/credentials.ts";
import type { Access } from "./host.ts";
import type { SettingsOf } from "./host-settings.ts";
import type { HttpResponse } from "./http.ts";
import { Kept } from "./kept.ts";
import { mergeScopes, repositoryScope } from "./scope.ts";
import { basicAuthorization, fetchToken, type Token } from "./token.ts";
import type { Transport } from "./transport.ts";

/** What a request is going to do, as far as permission goes. */
export interface Intent {
  readonly repository: Repository;
  readonly access: Access;
  /** A repository of the same registry that is read from. */
  readonly mountFrom?: Repository | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AuthorizerOptions {
  readonly transport: Transport;
  readonly sources: readonly CredentialsSource[];
  readonly settingsOf: SettingsOf;
  readonly userAgent: string;
  readonly log: Logger;
}

/**
 * Knows how each registry wants to be authenticated to, and keeps tokens until they expire. A registry
 * is believed to want nothing until it says otherwise.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #challenges = new Map<string, Challenge>();
  readonly #credentials = new Kept<CredentialsAnswer>(renewalOf);
  readonly #tokens = new Kept<Token>(({ renewAtMs }) => renewAtMs);
  readonly #told = new Set<string>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The Authorization header for a request, or undefined when none is needed or there is none. */
  async authorize(intent: Intent): Promise<string | undefined> {
    const challenge = this.#challenges.get(intent.repository.registry);
    if (challenge === undefined) return undefined;
    return this.#answer(challenge, intent, scopesOf(intent));
  }

  /**
   * The header to try after `response` (401 or 403) refused a request that was sent with `refused`, or
   * undefined when there is nothing else to try. Where credentials and not just a token were refused,
   * their sources are asked anew, since what a cloud or a helper gave may be over.
   */
  async renew(
    intent: Intent,
    response: HttpResponse,
    refused: string | undefined,
  ): Promise<string | undefined> {
    if (response.status === 403) return this.#renewDenied(intent, refused);
    const offered = parseChallenges(response.headers("www-authenticate"));
    const challenge = ["bearer", "basic"]
      .map((scheme) => offered.find((each) => each.scheme === scheme))
      .find((each) => each !== undefined);
    if (challenge === undefined) return undefined;
    this.#challenges.set(intent.repository.registry, challenge);
    if (challenge.scheme === "basic" && refused !== undefined) {
      return this.#renewBasic(intent, refused);
    }
    const asked = challenge.parameters.get("scope")?.split(" ") ?? [];
    const scopes = mergeScopes([...scopesOf(intent), ...asked.filter((scope) => scope !== "")]);
    await this.#forget(intent, scopes, refused);
    const header = await this.#answer(challenge, intent, scopes);
    return header === refused ? undefined : header;
  }

  /** Completes "refused access ...", without secrets. */
  async describeCredentials(intent: Intent): Promise<string> {
    const answer = await this.#find(intent);
    return answer.kind === "found"
      ? `with the credentials of ${answer.origin}`
      : `without credentials (none are known for ${intent.repository.registry})`;
  }

  async #answer(
    challenge: Challenge,
    intent: Intent,
    scopes: readonly string[],
  ): Promise<string | undefined> {
    const found = await this.#find(intent);
    if (challenge.scheme === "basic") return basicHeader(found);
    const fetchWith = async (answer: CredentialsAnswer): Promise<Token> =>
      fetchToken(this.#options.transport, {
        challenge,
        scopes,
        credentials: answer.kind === "found" ? answer.credentials : undefined,
        credentialsOrigin: await this.describeCredentials(intent),
        access: intent.access,
        plainHttp: (host) => this.#allowsPlainHttp(host, intent),
        userAgent: this.#options.userAgent,
        signal: intent.signal,
      });
    const token = await this.#tokens.get(tokenKey(intent, scopes), () =>
      fetchWith(found).catch(async (error: unknown) => {
        if (found.kind === "absent" || !isBuilderError(error, "REGISTRY_UNAUTHORIZED")) throw error;
        const renewed = await this.#askAnew(intent, found);
        if (isSameAnswer(renewed, found)) throw error;
        return fetchWith(renewed);
      }),
    );
    return `Bearer ${token.value}`;
  }

  async #renewBasic(intent: Intent, refused: string): Promise<string | undefined> {
    const found = await this.#find(intent);
    const isRefused = basicHeader(found) === refused;
    const header = basicHeader(isRefused ? await this.#askAnew(intent, found) : found);
    return header === refused ? undefined : header;
  }

  /** A registry says 403 of credentials that are over, too: Amazon's does. */
  async #renewDenied(intent: Intent, refused: string | undefined): Promise<string | undefined> {
    const challenge = this.#challenges.get(intent.repository.registry);
    if (challenge === undefined || refused === undefined) return undefined;
    if (challenge.scheme === "basic") return this.#renewBasic(intent, refused);
    const found = await this.#find(intent);
    if (found.kind === "absent") return undefined;
    if (isSameAnswer(await this.#askAnew(intent, found), found)) return undefined;
    const scopes = scopesOf(intent);
    await this.#forget(intent, scopes, refused);
    return this.#answer(challenge, intent, scopes);
  }

  /** Asks the sources again after `refused` was of no use, unless another request has done so meanwhile. */
  async #askAnew(intent: Intent, refused: CredentialsAnswer): Promise<CredentialsAnswer> {
    const { repository } = intent;
    const key = formatRepository(repository);
    if ((await this.#credentials.known(key)) === refused) {
      this.#credentials.forget(key);
      for (const source of this.#options.sources) source.forget?.(repository);
    }
    return this.#find(intent);
  }

  /** Forgets a refused token, unless another request has renewed it meanwhile. */
  async #forget(intent: Intent, scopes: readonly string[], refused?: string): Promise<void> {
    const key = tokenKey(intent, scopes);
    const known = await this.#tokens.known(key);
    if (known !== undefined && `Bearer ${known.value}` === refused) this.#tokens.forget(key);
  }

  #find({ access, repository, signal }: Intent): Promise<CredentialsAnswer> {
    const { sources, transport, userAgent } = this.#options;
    return this.#credentials.get(formatRepository(repository), async () => {
      const answer = await findCredentials(sources, repository, {
        signal,
        send: (request) => {
          const headers = { ...request.headers, "user-agent": userAgent };
          return transport.send({ ...request, headers, access, signal });
        },
      });
      this.#tell(repository.registry, answer);
      return answer;
    });
  }

  /** Says once which credentials a registry gets. */
  #tell(registry: string, answer: CredentialsAnswer): void {
    const from = answer.kind === "found" ? answer.origin : "none";
    if (this.#told.has(`${registry} ${from}`)) return;
    this.#told.add(`${registry} ${from}`);
    this.#options.log.info("credentials", { registry, from });
  }

  #allowsPlainHttp(host: string, { repository, access }: Intent): boolean {
    const { settingsOf } = this.#options;
    return settingsOf(repository.registry, access).plainHttp || settingsOf(host, access).plainHttp;
  }
}

function basicHeader(answer: CredentialsAnswer): string | undefined {
  if (answer.kind === "absent" || answer.credentials.kind !== "basic") return undefined;
  return basicAuthorization(answer.credentials);
}

function scopesOf({ repository, access, mountFrom }: Intent): string[] {
  const own = repositoryScope(repository, access);
  return mergeScopes(mountFrom === undefined ? [own] : [own, repositoryScope(mountFrom, "pull")]);
}

/** Credentials can differ between repositories of one registry, so tokens are not shared between them. */
function tokenKey({ repository }: Intent, scopes: readonly string[]): string {
  return [formatRepository(repository), ...scopes].join(" ");
}
