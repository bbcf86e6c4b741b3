import { createReadStream, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../errors/filesystem-error.ts";
import { UsageError } from "../errors/usage-error.ts";
import { readBounded } from "../support/read-bounded.ts";
import type { BuildOptions, SecretSource } from "./build-options.ts";
import { parseFields } from "./csv-fields.ts";
import type { Environment } from "./host.ts";

/** As BuildKit's. */
const largestSecretBytes = 500 * 1024;

/**
 * Reads `id=ID[,src=FILE][,env=NAME][,type=file|env]` texts as `docker buildx build` and kaniko do:
 * with an id alone, the secret is the variable of that name, or else the file. The last one of an id
 * wins.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseSecrets(
  flag: string,
  texts: readonly string[],
  environment: Environment,
): ReadonlyMap<string, SecretSource> {
  return new Map(texts.map((text) => parseSecret(flag, text, environment)));
}

function parseSecret(
  flag: string,
  text: string,
  environment: Environment,
): [id: string, source: SecretSource] {
  const fields = parseFields(flag, text, ["id", "src", "source", "env", "type"]);
  const { id, type, env, src: file = fields.source } = fields;
  if (id === undefined) throw invalid(`${flag}: a secret has no id`);
  if (type !== undefined && type !== "file" && type !== "env") {
    throw invalid(`${flag}: ${type} is no type of secret`);
  }
  if (env === undefined) return [id, bareSource(type, file, { id, environment })];
  if (file === undefined && type !== "file") return [id, { kind: "variable", name: env }];
  throw invalid(`${flag}: secret ${id} is a variable and a file`);
}

/** The source of a secret that does not name a variable with `env`. */
function bareSource(
  type: "file" | "env" | undefined,
  file: string | undefined,
  { id, environment }: { readonly id: string; readonly environment: Environment },
): SecretSource {
  const guess = file === undefined && environment[id] !== undefined ? "env" : "file";
  const name = file ?? id;
  return (type ?? guess) === "env" ? { kind: "variable", name } : { kind: "file", path: name };
}

/**
 * Reads all secrets into memory: those that are named, and those of a directory that are not. At most
 * 500 KiB each.
 *
 * @throws USAGE_INVALID_VALUE when one cannot be read, or is too large.
 */
export async function readSecrets(
  { secretDirectory, secrets: named }: Pick<BuildOptions, "secretDirectory" | "secrets">,
  environment: Environment,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const secrets = new Map<string, Uint8Array>();
  const found = secretDirectory === undefined ? [] : await secretsIn(secretDirectory);
  const sources = new Map<string, SecretSource>([...found, ...named]);
  for (const [id, source] of sources) {
    const content =
      source.kind === "file"
        ? await readFile(id, source.path)
        : readVariable(id, environment[source.name], source.name);
    if (content.length > largestSecretBytes) throw tooLarge(id);
    secrets.set(id, content);
  }
  return secrets;
}

/** The files of a directory; a Secret's volume has links, and keeps its own names for `..data` and the like. */
async function secretsIn(directory: string): Promise<[id: string, source: SecretSource][]> {
  const entries = await readdir(directory).catch((cause: unknown) => {
    throw unreadable("of --secret-dir", directory, cause);
  });
  const files = entries.filter((name) => !name.startsWith(".."));
  return files.toSorted().flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isFile() ? [[name, { kind: "file", path }]] : [];
  });
}

async function readFile(id: string, path: string): Promise<Uint8Array> {
  const read = await readBounded(createReadStream(path), largestSecretBytes).catch(
    (cause: unknown) => {
      throw unreadable(id, path, cause);
    },
  );
  if (read.kind === "too-long") throw tooLarge(id);
  return read.bytes;
}

function unreadable(id: string, path: string, cause: unknown): UsageError {
  const reason =
    errnoOf(cause) === "ENOENT" ? "it does not exist" : (errnoOf(cause) ?? "it failed");
  const message = `secret ${id} cannot be read from ${path}: ${reason}`;
  return new UsageError("USAGE_INVALID_VALUE", message, {
    hint: "Paths are relative to the working directory; a variable is named with env=NAME",
    cause,
  });
}

function readVariable(id: string, value: string | undefined, name: string): Uint8Array {
  if (value !== undefined) return Buffer.from(value, "utf8");
  throw new UsageError("USAGE_INVALID_VALUE", `secret ${id}: the variable ${name} is not set`);
}

function invalid(message: string): UsageError {
  return new UsageError("USAGE_INVALID_VALUE", message, {
    hint: "It takes id=ID,src=FILE or id=ID,env=NAME",
  });
}

function tooLarge(id: string): UsageError {
  return new UsageError("USAGE_INVALID_VALUE", `secret ${id} is larger than 500 KiB`);
}
