import { cloudIdentities } from "./cloud/cloud-sources.ts";
import {
  type DockerConfigPlaces,
  type LoadedDockerConfig,
  loadDockerConfigs,
} from "./load-docker-config.ts";

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
  places: DockerConfigPlaces,
): Promise<readonly VisibleCredentials[]> {
  const { configs } = await loadDockerConfigs(places);
  const clouds = cloudIdentities(places.environment);
  return [
    ...configs.flatMap(visibleIn),
    ...clouds.flatMap(({ registries, origin }) =>
      registries.map((registry) => ({ registry, origin })),
    ),
  ];
}

function visibleIn({ file, config }: LoadedDockerConfig): VisibleCredentials[] {
  const fromHelper = (registry: string, helper: string): VisibleCredentials => ({
    registry,
    origin: `docker-credential-${helper}, named in ${file}`,
  });
  return [
    ...[...config.helpers].map(([registry, helper]) => fromHelper(registry, helper)),
    ...[...config.auths.keys()].map((registry) => ({ registry, origin: `${file} (auths)` })),
    ...(config.store === undefined ? [] : [fromHelper("*", config.store)]),
  ];
}
