import { readFile } from "node:fs/promises";
import path from "node:path";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { RegistryError } from "../../errors/registry-error.ts";
import type { Environment } from "./credential-helper.ts";
import { type DockerConfig, parseDockerConfig } from "./docker-config.ts";

export interface DockerConfigLocation {
  /** Where DOCKER_CONFIG and HOME are looked up. */
  readonly environment: Environment;
  /** Path of a config.json to use instead of the usual ones; it has to exist. */
  readonly file?: string | undefined;
}

/** Docker's config.json, and where it was found. */
export interface LoadedDockerConfig {
  readonly file: string;
  readonly config: DockerConfig;
}

/**
 * Reads docker's config.json: the file given, else of the directory DOCKER_CONFIG, else of
 * `$HOME/.docker`. Undefined where there is none.
 *
 * @throws CREDENTIALS_INVALID
 */
export async function loadDockerConfig(
  location: DockerConfigLocation,
): Promise<LoadedDockerConfig | undefined> {
  const file = fileOf(location);
  if (file === undefined) return undefined;
  const text = await readOptional(file, location.file !== undefined);
  return text === undefined ? undefined : { file, config: parseDockerConfig(text, file) };
}

function fileOf({ environment, file }: DockerConfigLocation): string | undefined {
  const directory = environment["DOCKER_CONFIG"] ?? "";
  const home = environment["HOME"] ?? "";
  if (file !== undefined) return file;
  if (directory !== "") return path.join(directory, "config.json");
  return home === "" ? undefined : path.join(home, ".docker", "config.json");
}

async function readOptional(file: string, required: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const errno = errnoOf(cause) ?? "";
    if (!required && (errno === "ENOENT" || errno === "ENOTDIR")) return undefined;
    throw new RegistryError("CREDENTIALS_INVALID", `cannot read ${file}: ${errno}`, { cause });
  }
}
