import type { Environment } from "../credential-helper.ts";
import type { CredentialsSource } from "../credentials.ts";
import { amazonIdentity, amazonSource } from "./amazon.ts";
import { azureSource } from "./azure.ts";
import { azureIdentity } from "./azure-identity.ts";
import type { CloudSurroundings } from "./cloud.ts";
import { googleIdentity, googleSource } from "./google.ts";

/**
 * Credentials by who a pod is to its cloud, for the registries of that cloud. An SDK is loaded, and the
 * network asked, when credentials for such a registry are looked for, and not before.
 */
export function cloudSources(surroundings: CloudSurroundings): readonly CredentialsSource[] {
  return [amazonSource(surroundings), azureSource(surroundings), googleSource(surroundings)];
}

/** An identity that is configured, and what it is for. */
export interface CloudIdentity {
  /** Hosts of registries, `*` for any part of a name. */
  readonly registries: readonly string[];
  readonly origin: string;
}

/** The identities that the environment configures: others are known to metadata servers only. */
export function cloudIdentities(environment: Environment): readonly CloudIdentity[] {
  const amazon = amazonIdentity(environment);
  return [
    { cloud: "Amazon", registries: ["*.dkr.ecr.*.amazonaws.com", "public.ecr.aws"], by: amazon },
    { cloud: "Azure", registries: ["*.azurecr.io"], by: azureIdentity(environment)?.text },
    {
      cloud: "Google",
      registries: ["*-docker.pkg.dev", "*.gcr.io"],
      by: googleIdentity(environment),
    },
  ].flatMap(({ by, cloud, registries }) =>
    by === undefined ? [] : [{ registries, origin: `${cloud}: ${by}` }],
  );
}
