import { type AzureIdentity, managedIdentity } from "./azure-identity.ts";
import type { Environment } from "./environment.ts";
import { hasMetadataServer, keepMetadataDirect } from "./metadata-server.ts";

/** Where identities of each of Azure's clouds are kept. */
export const entraAuthorities = {
  public: "https://login.microsoftonline.com",
  china: "https://login.chinacloudapi.cn",
  government: "https://login.microsoftonline.us",
} as const;

/** What tokens of Entra are asked for with. */
export interface EntraCredential {
  getToken(
    scopes: string | string[],
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<{ token: string; expiresOnTimestamp: number } | null>;
}

export interface EntraRequest {
  /** Where AZURE_AUTHORITY_HOST names none. */
  readonly authority: string;
  readonly environment: Environment;
  readonly identity: AzureIdentity;
}

/** Loads Azure's SDK for who a pod is. */
export async function createAzureCredential({
  authority,
  environment,
  identity,
}: EntraRequest): Promise<EntraCredential> {
  keepMetadataDirect();
  const sdk = await import("./azure-sdk.mjs");
  const given = environment["AZURE_AUTHORITY_HOST"] ?? "";
  const authorityHost = given === "" ? authority : given;
  const isKnown = Object.values(entraAuthorities).some((known) =>
    [known, `${known}/`].includes(authorityHost),
  );
  // Where a private cloud has its own, the public one is not asked whether that is right.
  const options = { authorityHost, disableInstanceDiscovery: !isKnown };
  const { clientId } = identity;
  return {
    "service-principal": () => new sdk.EnvironmentCredential(options),
    workload: () => new sdk.WorkloadIdentityCredential(options),
    managed: () => new sdk.ManagedIdentityCredential(clientId === undefined ? {} : { clientId }),
  }[identity.kind]();
}

/** The managed identity, where the machine's metadata server is Azure's: it tells who forgets a header. */
export async function findManagedIdentity(
  environment: Environment,
  signal: AbortSignal,
): Promise<AzureIdentity | undefined> {
  const server = environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] ?? "http://169.254.169.254";
  const url = new URL("/metadata/identity/oauth2/token?api-version=2018-02-01", server);
  const isThere = await hasMetadataServer(
    { url, isAnswer: ({ status }) => status === 400 },
    signal,
  );
  return isThere ? managedIdentity : undefined;
}
