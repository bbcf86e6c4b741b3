import type { RegistryError } from "../errors/registry-error.ts";
import { readProxies } from "../support/proxies.ts";
import { answerFailure } from "./answer-failure.ts";
import { parseChallenges } from "./challenge.ts";
import type { Environment } from "./credentials/credential-helper.ts";
import type { Credentials } from "./credentials/credentials.ts";
import type { Access } from "./host.ts";
import { readHostSettings } from "./host-settings.ts";
import type { HttpResponse } from "./http.ts";
import { Origins } from "./origins.ts";
import { defaultTimeouts, type RegistryOptions } from "./registry-options.ts";
import { basicAuthorization, fetchToken } from "./token.ts";
import { Transport } from "./transport.ts";

/** Whose password is tried where, and how the registry is reached. */
export interface LoginCheck {
  readonly registry: string;
  readonly credentials: Credentials & { readonly kind: "basic" };
  readonly registries: RegistryOptions;
  /** Variables that may name proxies. */
  readonly environment: Environment;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

// Whoever logs in wants to push.
const access: Access = "push";

/**
 * Asks a registry whether it takes a user's password; `unasked` is one that wants to know nobody.
 *
 * @throws REGISTRY_UNAUTHORIZED where it does not take it, and other REGISTRY_* errors.
 */
export async function checkLogin(check: LoginCheck): Promise<"taken" | "unasked"> {
  const { registries, registry, signal, userAgent } = check;
  const settingsOf = await readHostSettings(registries);
  await using transport = new Transport({
    settingsOf,
    timeouts: defaultTimeouts,
    proxyOf: readProxies(check.environment),
  });
  const origin = await new Origins(transport, settingsOf).of({ registry, access, signal });
  const ask = (headers: Readonly<Record<string, string>>): Promise<HttpResponse> =>
    transport.send({
      method: "GET",
      url: new URL("/v2/", origin),
      access,
      signal,
      headers: { "user-agent": userAgent, ...headers },
    });
  const plainHttp = (host: string): boolean =>
    [registry, host].some((each) => settingsOf(each, access).plainHttp);

  const open = await ask({});
  if (open.status === 200) {
    await open.discard();
    return "unasked";
  }
  const authorization = await proofFor(open, transport, { ...check, plainHttp });
  if (authorization === undefined) throw await refusal(open, check);
  await open.discard();
  const answer = await ask({ authorization });
  if (answer.status !== 200) throw await refusal(answer, check);
  await answer.discard();
  return "taken";
}

/** The Authorization header that an answer asks for; undefined where it asks for none that we know. */
async function proofFor(
  response: HttpResponse,
  transport: Transport,
  check: LoginCheck & { readonly plainHttp: (host: string) => boolean },
): Promise<string | undefined> {
  const offered = parseChallenges(response.headers("www-authenticate"));
  const challenge = offered.find(({ scheme }) => scheme === "bearer");
  if (challenge === undefined) {
    const isBasic = offered.some(({ scheme }) => scheme === "basic");
    return isBasic ? basicAuthorization(check.credentials) : undefined;
  }
  const request = { ...check, challenge, access, scopes: [], credentialsOrigin: nameOf(check) };
  return `Bearer ${(await fetchToken(transport, request)).value}`;
}

function refusal(response: HttpResponse, check: LoginCheck): Promise<RegistryError> {
  const doing = `log in to ${check.registry}`;
  return answerFailure(response, { doing, credentials: nameOf(check) });
}

function nameOf({ credentials }: LoginCheck): string {
  return `as ${JSON.stringify(credentials.username)}`;
}
