import { defaultRegistry, type Repository } from "../../image/reference.ts";
import { canonicalRegistry } from "../host.ts";
import { askCredentialHelper, type Environment } from "./credential-helper.ts";
import type { CredentialsAnswer, CredentialsOptions, CredentialsSource } from "./credentials.ts";
import { matchAuth } from "./docker-config.ts";
import {
  type DockerConfigLocation,
  type LoadedDockerConfig,
  loadDockerConfig,
} from "./load-docker-config.ts";

const absent: CredentialsAnswer = { kind: "absent" };
// Docker Hub is known to helpers by this name only.
const dockerHubServer = "https://index.docker.io/v1/";

/**
 * Credentials from docker's config.json: the file given, else of the directory DOCKER_CONFIG, else
 * of `$HOME/.docker`. It is read at once and kept in memory, since a build may put another root in
 * the place of the one that holds it.
 *
 * For one repository, in this order: `credHelpers` of its host; `auths`, the longest key that is its
 * host and a part of its path; `credsStore`.
 *
 * @throws CREDENTIALS_INVALID
 */
export async function readDockerConfigSource(
  location: DockerConfigLocation,
): Promise<CredentialsSource> {
  const loaded = await loadDockerConfig(location);
  if (loaded === undefined) return { find: () => Promise.resolve(absent) };
  const { environment } = location;
  return {
    find: (repository, options) => find({ ...loaded, environment }, repository, options),
  };
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
