import { amazonIdentity } from "../../../support/clouds/amazon-identity.ts";
import { azureIdentity } from "../../../support/clouds/azure-identity.ts";
import { googleIdentity } from "../../../support/clouds/google-identity.ts";
import type { Environment } from "../credential-helper.ts";

/** The sources that log in by who a pod is to its cloud. */
export type CloudName = "ecr" | "acr" | "google";

/** An identity that is configured, and what it is for. */
export interface CloudIdentity {
  /** Hosts of registries, `*` for any part of a name. */
  readonly registries: readonly string[];
  readonly origin: string;
}

interface Cloud {
  readonly name: string;
  readonly registries: readonly string[];
  readonly identity: (environment: Environment) => string | undefined;
}

const clouds: Readonly<Record<CloudName, Cloud>> = {
  ecr: {
    name: "Amazon",
    registries: ["*.dkr.ecr.*.amazonaws.com", "public.ecr.aws"],
    identity: amazonIdentity,
  },
  acr: {
    name: "Azure",
    registries: ["*.azurecr.io"],
    identity: (environment) => azureIdentity(environment)?.text,
  },
  google: {
    name: "Google",
    registries: ["*-docker.pkg.dev", "*.gcr.io"],
    identity: googleIdentity,
  },
};

/** The identity that the environment configures for a cloud: others are known to metadata servers only. */
export function cloudIdentity(
  cloud: CloudName,
  environment: Environment,
): CloudIdentity | undefined {
  const { identity, name, registries } = clouds[cloud];
  const by = identity(environment);
  return by === undefined ? undefined : { registries, origin: `${name}: ${by}` };
}
