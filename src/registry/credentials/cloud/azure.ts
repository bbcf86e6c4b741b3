import {
  createAzureCredential,
  entraAuthorities,
  findManagedIdentity,
} from "../../../support/clouds/azure-credential.ts";
import { azureIdentity, managedIdentity } from "../../../support/clouds/azure-identity.ts";
import { Kept } from "../../kept.ts";
import {
  absent,
  type CredentialsAnswer,
  type CredentialsSource,
  renewalOf,
} from "../credentials.ts";
import { exchange } from "./azure-exchange.ts";
import { type CloudSurroundings, type Login, logIn } from "./cloud.ts";

/** Where a registry's cloud has its identities, and for whom their tokens are made. */
interface AzureCloud {
  readonly authority: string;
  readonly audience: string;
}

const clouds: Readonly<Record<string, AzureCloud>> = {
  io: {
    authority: entraAuthorities.public,
    audience: "https://containerregistry.azure.net",
  },
  cn: {
    authority: entraAuthorities.china,
    audience: "https://management.chinacloudapi.cn",
  },
  us: {
    authority: entraAuthorities.government,
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
      const login: Login = {
        ...surroundings,
        host,
        signal,
        identity: (configured ?? managedIdentity).text,
        what: "ACR token",
        mustWork: () => configured !== undefined,
      };
      const { environment } = surroundings;
      return tokens.get(host, () =>
        logIn(login, async (ended) => {
          const found = configured ?? (await findManagedIdentity(environment, ended));
          if (found === undefined) return undefined;
          const request = { ...cloud, environment, identity: found };
          const credential = await createAzureCredential(request);
          const scope = `${cloud.audience}/.default`;
          const token = await credential.getToken(scope, { abortSignal: ended });
          return exchange(host, token?.token ?? "", send);
        }),
      );
    },
    forget: ({ registry }) => tokens.forget(registry),
  };
}
