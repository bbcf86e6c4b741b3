import { RegistryError } from "../../errors/registry-error.ts";
import { type CloudName, cloudIdentity } from "./cloud/cloud-identities.ts";
import type { Environment } from "./credential-helper.ts";
import {
  type BuiltInSource,
  builtInSources,
  type CredentialsPlaces,
} from "./credentials-places.ts";
import type { DockerConfig } from "./docker-config.ts";
import { hostVariables } from "./host-variables.ts";
import { loadDockerConfigs } from "./load-docker-config.ts";
import { serviceLogins } from "./service-variables.ts";

/** That there are credentials, without any of them. */
export interface VisibleCredentials {
  /** Host, or host and path, that they are for; `*` alone is every host that is not listed otherwise. */
  readonly registry: string;
  /**
   * The file and its key, the helper program that would be asked and the file that names it, or the cloud and
   * who the pod is to it.
   */
  readonly origin: string;
}

/**
 * Lists the registries that credentials are configured for, in the order that they are asked in. Neither
 * helper programs nor clouds are asked.
 *
 * @throws CREDENTIALS_INVALID
 */
export async function visibleCredentials(
  places: CredentialsPlaces,
): Promise<readonly VisibleCredentials[]> {
  const { builtIn = builtInSources, environment } = places;
  const configs = await loadDockerConfigs(places);
  return [
    ...configs.flatMap(({ content }) => {
      if (content.kind === "failed") throw content.error;
      return content.kind === "absent" ? [] : visibleInConfig(content);
    }),
    ...builtInSources
      .filter((name) => builtIn.includes(name))
      .flatMap((name) => visibleInEnvironment[name](environment)),
  ];
}

type Visible = (environment: Environment) => readonly VisibleCredentials[];

const visibleInEnvironment: Readonly<Record<BuiltInSource, Visible>> = {
  env: hostVariables,
  ecr: (environment) => visibleInCloud("ecr", environment),
  acr: (environment) => visibleInCloud("acr", environment),
  google: (environment) => visibleInCloud("google", environment),
  gitlab: (environment) => serviceLogins("gitlab", environment),
  github: (environment) => serviceLogins("github", environment),
  dockerhub: (environment) => serviceLogins("dockerhub", environment),
};

function visibleInCloud(cloud: CloudName, environment: Environment): VisibleCredentials[] {
  const { origin = "", registries = [] } = cloudIdentity(cloud, environment) ?? {};
  return registries.map((registry) => ({ registry, origin }));
}

function visibleInConfig({
  config,
  file,
}: {
  readonly config: DockerConfig;
  readonly file: string;
}): VisibleCredentials[] {
  const fromHelper = (registry: string, helper: string): VisibleCredentials => ({
    registry,
    origin: `docker-credential-${helper}, named in ${file}`,
  });
  return [
    ...[...config.helpers].map(([registry, helper]) =>
      helper instanceof RegistryError
        ? { registry, origin: helper.message }
        : fromHelper(registry, helper),
    ),
    ...[...config.auths].map(([registry, entry]) => ({
      registry,
      origin: entry instanceof RegistryError ? entry.message : `${file} (auths)`,
    })),
    ...(config.store === undefined ? [] : [fromHelper("*", config.store)]),
  ];
}
