import type { Repository } from "../../image/reference.ts";
import { canonicalRegistry } from "../host.ts";
import { askCredentialHelper, type Environment } from "./credential-helper.ts";
import {
  absent,
  type CredentialsAnswer,
  type CredentialsOptions,
  type CredentialsSource,
} from "./credentials.ts";
import { type DockerConfig, dockerServer, matchAuth, usable } from "./docker-config.ts";
import type { LoadedDockerConfig } from "./load-docker-config.ts";

/**
 * Credentials of one docker config.json, which is kept in memory, since a build may put another root in the
 * place of the one that holds it. For one repository, in this order: `credHelpers` of its host; `auths`,
 * the longest key that is its host and a part of its path; `credsStore`. Helper programs get `environment`.
 */
export function dockerConfigSource(
  { content, name }: LoadedDockerConfig,
  environment: Environment,
): CredentialsSource {
  return {
    name,
    find: async (repository, options) => {
      if (content.kind === "failed") throw content.error;
      if (content.kind === "absent") return absent(content.reason);
      return find({ ...content, environment }, repository, options);
    },
  };
}

interface Loaded {
  readonly file: string;
  readonly config: DockerConfig;
  /** What helper programs get. */
  readonly environment: Environment;
}

async function find(
  loaded: Loaded,
  repository: Repository,
  options: CredentialsOptions,
): Promise<CredentialsAnswer> {
  const { config, file } = loaded;
  const helper = usable(config.helpers.get(canonicalRegistry(repository.registry)));
  if (helper !== undefined) {
    const answer = await askHelper(loaded, helper, { repository, ...options });
    if (answer.kind === "found") return answer;
  }
  const match = matchAuth(config.auths, repository);
  if (match !== undefined) {
    const origin = `${file} (auths ${JSON.stringify(match.key)})`;
    return { kind: "found", credentials: match.credentials, origin };
  }
  if (config.store === undefined || config.store === helper) {
    const asked = helper === undefined ? "" : `, nor has docker-credential-${helper}`;
    return absent(`${file} has none for it${asked}`);
  }
  return askHelper(loaded, config.store, { repository, ...options });
}

async function askHelper(
  { file, environment }: Loaded,
  name: string,
  { repository, signal }: CredentialsOptions & { readonly repository: Repository },
): Promise<CredentialsAnswer> {
  const server = dockerServer(repository.registry);
  const credentials = await askCredentialHelper(name, server, { environment, signal });
  if (credentials === undefined) {
    return absent(`docker-credential-${name}, named in ${file}, has none for ${server}`);
  }
  return { kind: "found", credentials, origin: `docker-credential-${name}, named in ${file}` };
}
