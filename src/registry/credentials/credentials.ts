import type { Repository } from "../../image/reference.ts";
import type { HttpRequest, HttpResponse } from "../http.ts";

/** What a user proves with who they are. */
export type Credentials =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  /** A refresh token, which only a token server takes. */
  | { readonly kind: "identity-token"; readonly token: string };

/** What a source knows of a repository. */
export type CredentialsAnswer =
  | {
      readonly kind: "found";
      readonly credentials: Credentials;
      /** Where they are from, without the secret: `/root/.docker/config.json (auths "ghcr.io")`. */
      readonly origin: string;
      /** When they are to be asked for again, in milliseconds since 1970; never, where it is not said. */
      readonly renewAtMs?: number;
    }
  | {
      readonly kind: "absent";
      /** Why there are none, for people: `CI_REGISTRY is not set`. */
      readonly reason: string;
    };

/** The answer of a source that has none. */
export function absent(reason: string): CredentialsAnswer {
  return { kind: "absent", reason };
}

/** When an answer is to be asked for again, in milliseconds since 1970. */
export function renewalOf(answer: CredentialsAnswer): number {
  return answer.kind === "found" ? (answer.renewAtMs ?? Infinity) : Infinity;
}

/** Tells whether two answers have a registry see the same. */
export function isSameAnswer(one: CredentialsAnswer, other: CredentialsAnswer): boolean {
  if (one.kind === "absent" || other.kind === "absent") return one.kind === other.kind;
  return JSON.stringify(one.credentials) === JSON.stringify(other.credentials);
}

export interface CredentialsOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface FindOptions extends CredentialsOptions {
  /** Sends a request to the registry that credentials are looked for, in the way that it is reached. */
  readonly send: (request: Omit<HttpRequest, "access" | "signal">) => Promise<HttpResponse>;
}

/** A place where credentials may be kept. */
export interface CredentialsSource {
  /** What it is called for people. */
  readonly name: string;
  /**
   * Looks for the credentials of a repository.
   * @throws CREDENTIALS_INVALID when the source fails, which is not the same as having none.
   */
  find(repository: Repository, options: FindOptions): Promise<CredentialsAnswer>;
  /** Has it keep nothing for a repository any longer, since the registry refused what it gave. */
  forget?(repository: Repository): void;
}

/** Asks `sources` in their order and gives the first credentials. */
export async function findCredentials(
  sources: readonly CredentialsSource[],
  repository: Repository,
  options: FindOptions,
): Promise<CredentialsAnswer> {
  for (const source of sources) {
    const answer = await source.find(repository, options);
    if (answer.kind === "found") return answer;
  }
  return absent("no source has any");
}
