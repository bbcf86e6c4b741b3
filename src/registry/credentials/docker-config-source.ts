import { readFile } from "node:fs/promises";
import path from "node:path";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { RegistryError } from "../../errors/registry-error.ts";
import { defaultRegistry, type Repository } from "../../image/reference.ts";
import { canonicalRegistry } from "../host.ts";
import { askCredentialHelper, type Environment } from "./credential-helper.ts";
import type { CredentialsAnswer, CredentialsOptions, CredentialsSource } from "./credentials.ts";
import { type DockerConfig, matchAuth, parseDockerConfig } from "./docker-config.ts";

export interface DockerConfigSourceOptions {
  /** Where DOCKER_CONFIG and HOME are looked up, and what helper programs get. */
  readonly environment: Environment;
  /** Path of a config.json to use instead of the usual ones; it has to exist. */
  readonly file?: string | undefined;
}

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
  options: DockerConfigSourceOptions,
): Promise<CredentialsSource> {
  const file = fileOf(options);
  const text = file === undefined ? undefined : await readIfThere(file, options.file !== undefined);
  if (file === undefined || text === undefined) return { find: () => Promise.resolve(absent) };
  const config = parseDockerConfig(text, file);
  return {
    find: (repository, findOptions) =>
      find({ config, file, environment: options.environment }, repository, findOptions),
  };
}

function fileOf({ environment, file }: DockerConfigSourceOptions): string | undefined {
  const directory = environment["DOCKER_CONFIG"] ?? "";
  const home = environment["HOME"] ?? "";
  if (file !== undefined) return file;
  if (directory !== "") return path.join(directory, "config.json");
  return home === "" ? undefined : path.join(home, ".docker", "config.json");
}

async function readIfThere(file: string, required: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const errno = errnoOf(cause) ?? "";
    if (!required && (errno === "ENOENT" || errno === "ENOTDIR")) return undefined;
    throw new RegistryError("CREDENTIALS_INVALID", `cannot read ${file}: ${errno}`, { cause });
  }
}

interface Loaded {
  readonly config: DockerConfig;
  readonly file: string;
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
