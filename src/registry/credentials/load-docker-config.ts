import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
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
  /** Where DOCKER_CONFIG and HOME are looked up. */
  readonly environment: Environment;
  /** The directory of a pipeline engine. */
  readonly engine?: string | undefined;
}

/** Docker's config.json, and where it was found. */
export interface LoadedDockerConfig {
  readonly file: string;
  readonly config: DockerConfig;
}

/** All of them that there are. */
export interface LoadedDockerConfigs {
  /** The first one that knows a registry counts. */
  readonly configs: readonly LoadedDockerConfig[];
  /** Places where one was to be expected but cannot be had, a sentence each. */
  readonly warnings: readonly string[];
}

/** A directory with one of these; a Secret of type `kubernetes.io/dockerconfigjson` has the second key. */
const fileNames = ["config.json", ".dockerconfigjson"] as const;

/**
 * Reads docker's config.json wherever there is one: where the user says, then DOCKER_CONFIG, then where
 * the pipeline engine puts it, then `$HOME/.docker`, then where kaniko has it.
 *
 * @throws CREDENTIALS_INVALID when a file is not what it should be, or one that the user named cannot be read.
 */
export async function loadDockerConfigs(places: DockerConfigPlaces): Promise<LoadedDockerConfigs> {
  const configs: LoadedDockerConfig[] = [];
  const warnings: string[] = [];
  for (const [directory, isNamed] of directoriesOf(places)) {
    const found = await readOne(directory, isNamed);
    if (found.kind === "unreadable") warnings.push(found.warning);
    else if (found.kind === "found") {
      const { file, text } = found;
      configs.push({ file, config: parseDockerConfig(text, file) });
    } else if (directory === places.given) warnings.push(...(await misplaced(directory)));
  }
  return { configs, warnings };
}

/** By path, whether the user named it. */
function directoriesOf({ engine, environment, given }: DockerConfigPlaces): Map<string, boolean> {
  const home = environment["HOME"] ?? "";
  const places: readonly (readonly [string, boolean])[] = [
    [given ?? "", true],
    [environment["DOCKER_CONFIG"] ?? "", true],
    [engine ?? "", false],
    [home === "" ? "" : path.join(home, ".docker"), false],
    [kanikoDirectory, false],
  ];
  const named = new Map<string, boolean>();
  for (const [directory, isNamed] of places) {
    if (directory !== "" && !named.has(directory)) named.set(directory, isNamed);
  }
  return named;
}

/** What a directory holds in place of credentials. An optional Secret that is not there leaves it empty. */
async function misplaced(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  const shown = names.filter((name) => !name.startsWith("..")).toSorted();
  if (shown.length === 0) return [];
  return [
    `${directory} holds ${shown.join(", ")}, but neither ${fileNames.join(" nor ")}: it has no credentials`,
  ];
}

type Found =
  | { readonly kind: "absent" }
  | { readonly kind: "found"; readonly file: string; readonly text: string }
  | { readonly kind: "unreadable"; readonly warning: string };

async function readOne(directory: string, isNamed: boolean): Promise<Found> {
  const files = [...fileNames.map((name) => path.join(directory, name)), directory];
  for (const file of files) {
    try {
      return { kind: "found", file, text: await readFile(file, "utf8") };
    } catch (cause) {
      const errno = errnoOf(cause) ?? "";
      if (["ENOENT", "ENOTDIR", "EISDIR"].includes(errno)) continue;
      const message = `cannot read ${file}: ${errno}`;
      if (!isNamed) return { kind: "unreadable", warning: message };
      throw new RegistryError("CREDENTIALS_INVALID", message, { cause });
    }
  }
  return { kind: "absent" };
}
