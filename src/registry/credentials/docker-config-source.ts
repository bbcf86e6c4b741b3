import { defaultRegistry, type Repository } from "../../image/reference.ts";
import { canonicalRegistry } from "../host.ts";
import { askCredentialHelper, type Environment } from "./credential-helper.ts";
import {
  absent,
  type CredentialsAnswer,
  type CredentialsOptions,
  type CredentialsSource,
} from "./credentials.ts";
import { matchAuth } from "./docker-config.ts";
import {
  type DockerConfigPlaces,
  type LoadedDockerConfig,
  loadDockerConfigs,
} from "./load-docker-config.ts";

// Docker Hub is known to helpers by this name only.
const dockerHubServer = "https://index.docker.io/v1/";

/**
 * Credentials from docker's config.json: one source for each that there is; see `loadDockerConfigs`. They
 * are read at once and kept in memory, since a build may put another root in the place of the one
 * that holds them. `warn` is told of those that cannot be had.
 *
 * Each gives for one repository, in this order: `credHelpers` of its host; `auths`, the longest key that
 * is its host and a part of its path; `credsStore`.
 *
 * @throws CREDENTIALS_INVALID
 */
export async function readDockerConfigSources(
  places: DockerConfigPlaces,
  warn: (text: string) => void,
): Promise<readonly CredentialsSource[]> {
  const { configs, warnings } = await loadDockerConfigs(places);
  for (const warning of warnings) warn(warning);
  const { environment } = places;
  return configs.map((loaded) => ({
    find: (repository, options) => find({ ...loaded, environment }, repository, options),
  }));
}

interface Loaded extends LoadedDockerConfig {
  /** What helper programs get. */
  readonly environment: Environment;
}

async function find(
  loaded: Loaded,
  repository: Repository,
  options: CredentialsOptions,
): Promise<CredentialsAnswer> {
  const { config, file } = loaded;
  const helper = config.helpers.get(canonicalRegistry(repository.registry));
  if (helper !== undefined) {
    const answer = await askHelper(loaded, helper, { repository, ...options });
    if (answer.kind === "found") return answer;
  }
  const match = matchAuth(config.auths, repository);
  if (match !== undefined) {
    const origin = `${file} (auths ${JSON.stringify(match.key)})`;
    return { kind: "found", credentials: match.credentials, origin };
  }
  if (config.store === undefined || config.store === helper) return absent;
  return askHelper(loaded, config.store, { repository, ...options });
}

async function askHelper(
  { file, environment }: Loaded,
  name: string,
  { repository, signal }: CredentialsOptions & { readonly repository: Repository },
): Promise<CredentialsAnswer> {
  const registry = canonicalRegistry(repository.registry);
  const server = registry === defaultRegistry ? dockerHubServer : registry;
  const credentials = await askCredentialHelper(name, server, { environment, signal });
  if (credentials === undefined) return absent;
  return { kind: "found", credentials, origin: `docker-credential-${name}, named in ${file}` };
}
