import type { DockerConfigPlaces } from "./load-docker-config.ts";

/** The sources that can be chosen from, in the order that they are asked in. Most names are kaniko's. */
export const builtInSources = [
  "env",
  "ecr",
  "acr",
  "google",
  "gitlab",
  "github",
  "dockerhub",
] as const;

/** The name of a source that is no docker config. */
export type BuiltInSource = (typeof builtInSources)[number];

/** Where credentials may be. */
export interface CredentialsPlaces extends DockerConfigPlaces {
  /** Which sources are asked after docker's configs. All, where it is not said. */
  readonly builtIn?: readonly BuiltInSource[] | undefined;
}
