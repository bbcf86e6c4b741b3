import { Buffer } from "node:buffer";
import { RegistryError } from "../../errors/registry-error.ts";
import { defaultRegistry, type Repository } from "../../image/reference.ts";
import { canonicalRegistry } from "../host.ts";
import type { Credentials } from "./credentials.ts";

/** What docker's config.json says about credentials. An entry that is malformed is of use to no registry, but spoils no other. */
export interface DockerConfig {
  /** By host, or host and path, without scheme. */
  readonly auths: ReadonlyMap<string, Credentials | RegistryError>;
  /** Name of the helper program, by host. */
  readonly helpers: ReadonlyMap<string, string | RegistryError>;
  /** Name of the helper program for all other hosts. */
  readonly store: string | undefined;
}

/**
 * Reads docker's config.json. `file` names it in errors. Values are not quoted.
 *
 * @throws CREDENTIALS_INVALID when it is not JSON, or has something else where entries should be.
 */
export function parseDockerConfig(text: string, file: string): DockerConfig {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The cause would quote the file, which holds secrets.
    throw invalid(file, "it is not JSON");
  }
  const config = objectIn(document, file, "the document");
  const auths = objectIn(config["auths"] ?? {}, file, "auths");
  const helpers = objectIn(config["credHelpers"] ?? {}, file, "credHelpers");
  return {
    auths: new Map(
      Object.entries(auths).flatMap(([key, value]) => {
        const entry = orFault(() => readAuth(value, file, key));
        return entry === undefined ? [] : [[normalizeKey(key), entry] as const];
      }),
    ),
    helpers: new Map(
      Object.entries(helpers).map(([key, value]) => [
        normalizeKey(key),
        orFault(() => textIn(value, file, `credHelpers ${quote(key)}`)),
      ]),
    ),
    store: textIn(config["credsStore"] ?? "", file, "credsStore") || undefined,
  };
}

function orFault<T>(read: () => T): T | RegistryError {
  try {
    return read();
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
}

/** An entry that is needed. @throws CREDENTIALS_INVALID where it is malformed. */
export function usable<T>(entry: T | RegistryError): T {
  if (entry instanceof RegistryError) throw entry;
  return entry;
}

function readAuth(value: unknown, file: string, key: string): Credentials | undefined {
  const entry = objectIn(value ?? {}, file, `auths ${quote(key)}`);
  const member = (name: string): string =>
    textIn(entry[name] ?? "", file, `auths ${quote(key)} ${name}`);
  const token = member("identitytoken");
  if (token !== "") return { kind: "identity-token", token };
  const auth = member("auth");
  if (auth !== "") return decodeAuth(auth, file, key);
  const [username, password] = [member("username"), member("password")];
  return username === "" && password === "" ? undefined : { kind: "basic", username, password };
}

function decodeAuth(auth: string, file: string, key: string): Credentials {
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 1) throw invalid(file, `auths ${quote(key)} auth is not base64 of user:password`);
  // Some writers end the password with NUL, as docker itself once did.
  const password = text.slice(colon + 1).replace(/\0+$/, "");
  return { kind: "basic", username: text.slice(0, colon), password };
}

/** `https://index.docker.io/v1/` and `ghcr.io/owner/` as `docker.io` and `ghcr.io/owner`. */
function normalizeKey(key: string): string {
  const bare = key
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "")
    .replace(/^([^/]+)\/v[12]$/, "$1");
  const [host = "", ...path] = bare.split("/");
  return [canonicalRegistry(host), ...path].join("/");
}

/** What docker and helper programs call a registry: they know Docker Hub by an address only. */
export function dockerServer(registry: string): string {
  const host = canonicalRegistry(registry);
  return host === defaultRegistry ? "https://index.docker.io/v1/" : host;
}

/**
 * The entry for a repository: of all that name it, its registry or a part of its path, the longest.
 *
 * @throws CREDENTIALS_INVALID where that one is malformed.
 */
export function matchAuth(
  auths: DockerConfig["auths"],
  repository: Repository,
): { readonly key: string; readonly credentials: Credentials } | undefined {
  const components = repository.path.split("/");
  for (let length = components.length; length >= 0; length -= 1) {
    const host = canonicalRegistry(repository.registry);
    const key = [host, ...components.slice(0, length)].join("/");
    const entry = auths.get(key);
    if (entry !== undefined) return { key, credentials: usable(entry) };
  }
  return undefined;
}

function objectIn(value: unknown, file: string, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw invalid(file, `${what} is not an object`);
}

function textIn(value: unknown, file: string, what: string): string {
  if (typeof value === "string") return value;
  throw invalid(file, `${what} is not a string`);
}

function quote(key: string): string {
  return JSON.stringify(key.slice(0, 200));
}

function invalid(file: string, reason: string): RegistryError {
  return new RegistryError("CREDENTIALS_INVALID", `cannot use ${file}: ${reason}`, {
    hint: "The file has to be a config.json as docker login writes it",
  });
}
