import type { BuilderError } from "../../errors/builder-error.ts";
import { amazonSource } from "./cloud/amazon.ts";
import { azureSource } from "./cloud/azure.ts";
import { googleSource } from "./cloud/google.ts";
import type { Environment } from "./credential-helper.ts";
import type { CredentialsSource } from "./credentials.ts";
import {
  type BuiltInSource,
  builtInSources,
  type CredentialsPlaces,
} from "./credentials-places.ts";
import { dockerConfigSource } from "./docker-config-source.ts";
import { hostVariablesSource } from "./host-variables.ts";
import { loadDockerConfigs } from "./load-docker-config.ts";
import { serviceSource } from "./service-variables.ts";

/** A source, and why it cannot be used at all. */
export interface ListedSource extends CredentialsSource {
  readonly failure?: BuilderError | undefined;
}

/**
 * All sources of credentials in the order that they are asked in (docs/credentials.md). Files are read at
 * once; nothing else is asked before credentials are looked for. `warn` is told of what cannot be had.
 */
export async function listCredentialsSources(
  places: CredentialsPlaces,
  warn: (text: string) => void,
): Promise<readonly ListedSource[]> {
  const { builtIn = builtInSources, environment } = places;
  const configs = await loadDockerConfigs(places);
  return [
    ...configs.map((loaded) => {
      const { content } = loaded;
      if (content.kind === "absent" && content.surprises) warn(content.reason);
      const failure = content.kind === "failed" ? content.error : undefined;
      return { ...dockerConfigSource(loaded, environment), failure };
    }),
    ...builtInSources
      .filter((name) => builtIn.includes(name))
      .map((name) => makeSource[name]({ environment, warn })),
  ];
}

/**
 * The sources as `listCredentialsSources` has them, where all can be used.
 *
 * @throws CREDENTIALS_INVALID
 */
export async function openCredentialsSources(
  places: CredentialsPlaces,
  warn: (text: string) => void,
): Promise<readonly CredentialsSource[]> {
  const sources = await listCredentialsSources(places, warn);
  for (const { failure } of sources) if (failure !== undefined) throw failure;
  return sources;
}

interface Surroundings {
  readonly environment: Environment;
  readonly warn: (text: string) => void;
}

const makeSource: Readonly<
  Record<BuiltInSource, (surroundings: Surroundings) => CredentialsSource>
> = {
  env: ({ environment }) => hostVariablesSource(environment),
  ecr: amazonSource,
  acr: azureSource,
  google: googleSource,
  gitlab: ({ environment }) => serviceSource("gitlab", environment),
  github: ({ environment }) => serviceSource("github", environment),
  dockerhub: ({ environment }) => serviceSource("dockerhub", environment),
};
