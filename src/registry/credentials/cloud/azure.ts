import { Kept } from "../../kept.ts";
import type { Environment } from "../credential-helper.ts";
import {
  absent,
  type CredentialsAnswer,
  type CredentialsSource,
  renewalOf,
} from "../credentials.ts";
import { exchange } from "./azure-exchange.ts";
import { type AzureIdentity, azureIdentity, managedIdentity } from "./azure-identity.ts";
import { type CloudSurroundings, type Login, logIn } from "./cloud.ts";
import { hasMetadataServer, keepMetadataDirect } from "./metadata-server.ts";

/** Where a registry's cloud has its identities, and for whom their tokens are made. */
interface AzureCloud {
  readonly authority: string;
  readonly audience: string;
}

const clouds: Readonly<Record<string, AzureCloud>> = {
  io: {
    authority: "https://login.microsoftonline.com",
    audience: "https://containerregistry.azure.net",
  },
  cn: {
    authority: "https://login.chinacloudapi.cn",
    audience: "https://management.chinacloudapi.cn",
  },
  us: {
    authority: "https://login.microsoftonline.us",
    audience: "https://management.usgovcloudapi.net",
  },
};
const registryHost = /^[a-z0-9-]+\.azurecr\.(io|cn|us)$/;

/** The cloud of a registry of Azure's; undefined for all others, also those with such a name in theirs. */
export function azureCloud(host: string): AzureCloud | undefined {
  return clouds[registryHost.exec(host)?.[1] ?? ""];
}

/**
 * Refresh tokens of Azure container registries, by a service principal, a workload identity or a
 * managed identity: what Microsoft Entra gives is exchanged at the registry
 * (https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md).
 */
export function azureSource(surroundings: CloudSurroundings): CredentialsSource {
  const tokens = new Kept<CredentialsAnswer>(renewalOf);
  return {
    name: "Azure Container Registry",
    find: async ({ registry: host }, { send, signal }) => {
      const cloud = azureCloud(host);
      if (cloud === undefined) return absent("the registry is none of Azure's");
      const configured = azureIdentity(surroundings.environment);
      const identity = configured ?? managedIdentity;
      const login: Login = {
        ...surroundings,
        host,
        signal,
        identity: identity.text,
        what: "ACR token",
        mustWork: () => configured !== undefined,
      };
      const { environment } = surroundings;
      return tokens.get(host, () =>
        logIn(login, async (ended) => {
          const isThere = configured !== undefined || (await hasManaged(environment, ended));
          if (!isThere) return undefined;
          return exchange(host, await askEntra({ cloud, environment, identity }, ended), send);
        }),
      );
    },
    forget: ({ registry }) => tokens.forget(registry),
  };
}

/** Azure's metadata server tells who forgets a header; those of other clouds have no such path. */
async function hasManaged(environment: Environment, signal: AbortSignal): Promise<boolean> {
  const server = environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] ?? "http://169.254.169.254";
  const url = new URL("/metadata/identity/oauth2/token?api-version=2018-02-01", server);
  return hasMetadataServer({ url, isAnswer: ({ status }) => status === 400 }, signal);
}

interface EntraRequest {
  readonly cloud: AzureCloud;
  readonly environment: Environment;
  readonly identity: AzureIdentity;
}

async function askEntra(
  { cloud, environment, identity }: EntraRequest,
  abortSignal: AbortSignal,
): Promise<string> {
  keepMetadataDirect();
  const sdk = await import("./azure-sdk.mjs");
  const given = environment["AZURE_AUTHORITY_HOST"] ?? "";
  const authorityHost = given === "" ? cloud.authority : given;
  const isKnown = Object.values(clouds).some(({ authority }) =>
    [authority, `${authority}/`].includes(authorityHost),
  );
  // Where a private cloud has its own, the public one is not asked whether that is right.
  const options = { authorityHost, disableInstanceDiscovery: !isKnown };
  const { clientId } = identity;
  const credential = {
    "service-principal": () => new sdk.EnvironmentCredential(options),
    workload: () => new sdk.WorkloadIdentityCredential(options),
    managed: () => new sdk.ManagedIdentityCredential(clientId === undefined ? {} : { clientId }),
  }[identity.kind]();
  return (await credential.getToken(`${cloud.audience}/.default`, { abortSignal })).token;
}
