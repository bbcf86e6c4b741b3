import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { type BuilderError, isBuilderError } from "../../errors/builder-error.ts";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { RegistryError } from "../../errors/registry-error.ts";
import type { Environment } from "./credential-helper.ts";
import { type DockerConfig, parseDockerConfig } from "./docker-config.ts";

/** Where users of kaniko mount theirs. */
const kanikoDirectory = "/kaniko/.docker";

/** Where docker's config.json may be. */
export interface DockerConfigPlaces {
  /** A directory, or the file itself, that the user names. */
  readonly given?: string | undefined;
  /** Where DOCKER_CONFIG, HOME, DOCKER_AUTH_CONFIG and REGISTRY_AUTH_FILE are looked up. */
  readonly environment: Environment;
  /** The directory of a pipeline engine. */
  readonly engine?: string | undefined;
}

/** What is at one place. */
export type DockerConfigContent =
  | { readonly kind: "loaded"; readonly file: string; readonly config: DockerConfig }
  | {
      readonly kind: "absent";
      readonly reason: string;
      /** Whether one was to be expected. */
      readonly surprises: boolean;
    }
  | { readonly kind: "failed"; readonly error: BuilderError };

/** A place where docker's config.json may be, and what is there. */
export interface LoadedDockerConfig {
  /** For people: `DOCKER_CONFIG /run/docker`. */
  readonly name: string;
  readonly content: DockerConfigContent;
}

/** A directory with one of these; a Secret of type `kubernetes.io/dockerconfigjson` has the second key. */
const fileNames = ["config.json", ".dockerconfigjson"] as const;

/**
 * Looks for docker's config.json wherever there may be one: where the user says, then DOCKER_CONFIG, then
 * where the pipeline engine puts it, then `$HOME/.docker`, then where kaniko has it; then the text of
 * DOCKER_AUTH_CONFIG, as docker and GitLab have it, and the file of REGISTRY_AUTH_FILE, as podman has it.
 */
export async function loadDockerConfigs(
  places: DockerConfigPlaces,
): Promise<readonly LoadedDockerConfig[]> {
  const { environment, given } = places;
  const inDirectories = directoriesOf(places).map(async ({ directory, isNamed, name }) => ({
    name,
    content: await readDirectory(directory, { isNamed, isBound: directory === given }),
  }));
  return [
    ...(await Promise.all(inDirectories)),
    { name: textVariable, content: readText(environment[textVariable] ?? "") },
    { name: fileVariable, content: await readAuthFile(environment[fileVariable] ?? "") },
  ];
}

const textVariable = "DOCKER_AUTH_CONFIG";
const fileVariable = "REGISTRY_AUTH_FILE";
const notSet: DockerConfigContent = { kind: "absent", reason: "it is not set", surprises: false };

interface Directory {
  readonly directory: string;
  /** Whether it is an error that a file there cannot be read. */
  readonly isNamed: boolean;
  readonly name: string;
}

function directoriesOf({ engine, environment, given }: DockerConfigPlaces): Directory[] {
  const home = environment["HOME"] ?? "";
  const places: readonly (readonly [directory: string, namedBy: string])[] = [
    [given ?? "", "--docker-config "],
    [environment["DOCKER_CONFIG"] ?? "", "DOCKER_CONFIG "],
    [engine ?? "", ""],
    [home === "" ? "" : path.join(home, ".docker"), ""],
    [kanikoDirectory, ""],
  ];
  const named = new Map<string, Directory>();
  for (const [directory, by] of places) {
    if (directory === "" || named.has(directory)) continue;
    named.set(directory, { directory, isNamed: by !== "", name: `${by}${directory}` });
  }
  return [...named.values()];
}

async function readDirectory(
  directory: string,
  { isBound, isNamed }: { readonly isBound: boolean; readonly isNamed: boolean },
): Promise<DockerConfigContent> {
  const files = [...fileNames.map((name) => path.join(directory, name)), directory];
  for (const file of files) {
    const content = await readOne(file, isNamed);
    if (content !== undefined) return content;
  }
  const misplaced = isBound ? await describeMisplaced(directory) : undefined;
  return {
    kind: "absent",
    reason: misplaced ?? "there is no such file",
    surprises: misplaced !== undefined,
  };
}

/** What a directory holds in place of credentials. An optional Secret that is not there leaves it empty. */
async function describeMisplaced(directory: string): Promise<string | undefined> {
  const names = await readdir(directory).catch(() => []);
  const shown = names.filter((name) => !name.startsWith("..")).toSorted();
  if (shown.length === 0) return undefined;
  return `${directory} holds ${shown.join(", ")}, but neither ${fileNames.join(" nor ")}: it has no credentials`;
}

function readText(text: string): DockerConfigContent {
  return text === "" ? notSet : parse(text, textVariable);
}

async function readAuthFile(file: string): Promise<DockerConfigContent> {
  if (file === "") return notSet;
  const reason = `${fileVariable} names ${file}, which is not there`;
  return (await readOne(file, true)) ?? { kind: "absent", reason, surprises: true };
}

/** Undefined where there is no such file. */
async function readOne(file: string, isNamed: boolean): Promise<DockerConfigContent | undefined> {
  try {
    return parse(await readFile(file, "utf8"), file);
  } catch (cause) {
    const errno = errnoOf(cause) ?? "";
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes(errno)) return undefined;
    const reason = `cannot read ${file}: ${errno}`;
    if (!isNamed) return { kind: "absent", reason, surprises: true };
    return { kind: "failed", error: new RegistryError("CREDENTIALS_INVALID", reason, { cause }) };
  }
}

function parse(text: string, file: string): DockerConfigContent {
  try {
    return { kind: "loaded", file, config: parseDockerConfig(text, file) };
  } catch (error) {
    if (!isBuilderError(error)) throw error;
    return { kind: "failed", error };
  }
}
