import path from "node:path";
import { UsageError } from "../errors/usage-error.ts";
import { parseReference, type Repository } from "../image/reference.ts";
import type { CredentialsPlaces } from "../registry/credentials/credentials-places.ts";
import { canonicalRegistry } from "../registry/host.ts";
import type { RegistryOptions } from "../registry/registry-options.ts";
import type { BuildRun } from "./build-options.ts";
import { parseImageReference } from "./flag-texts.ts";
import type { authExplainFlags, loginFlags } from "./flags/auth-flags.ts";
import type { FlagValues } from "./flags/flag.ts";
import type { Host } from "./host.ts";
import { readCredentials, readRegistry } from "./options.ts";
import type { Settled } from "./settle-in-pipeline.ts";

/** What `slipway auth explain` was asked. */
export interface AuthExplainOptions {
  readonly repository: Repository;
  readonly format: "json" | "text";
  readonly registry: RegistryOptions;
  readonly credentials: CredentialsPlaces;
}

/** What the handler of `slipway auth explain` calls. Gives the exit code. */
export type RunAuthExplain = (options: AuthExplainOptions, run: BuildRun) => Promise<number>;

/**
 * Turns the settled flags of `slipway auth explain` into what it is asked.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readAuthExplainOptions(
  { engine, values }: Settled<typeof authExplainFlags>,
  host: Host,
): AuthExplainOptions {
  if (values.image === undefined) {
    throw new UsageError("USAGE_CONFLICT", "there is no image to look for credentials of", {
      hint: "Name it: slipway auth explain registry.example.com/team/app",
    });
  }
  const { path: name, registry } = parseImageReference("--image", values.image);
  return {
    repository: { path: name, registry },
    format: values.format,
    registry: readRegistry(values),
    credentials: readCredentials(values, { engine, host }),
  };
}

/** Who logs in where. */
export interface LoginOptions {
  readonly registry: string;
  readonly username: string;
  /** The file that keeps the login, or its directory. */
  readonly place: string;
  readonly registries: RegistryOptions;
}

/** What the handler of `slipway login` calls. Gives the exit code. */
export type RunLogin = (options: LoginOptions, run: BuildRun) => Promise<number>;

/**
 * Turns the settled flags of `slipway login` into who logs in where.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readLoginOptions(
  values: FlagValues<typeof loginFlags>,
  { environment }: Host,
): LoginOptions {
  const { registry, username } = values;
  if (registry === undefined || username === undefined || !values["password-stdin"]) {
    throw new UsageError(
      "USAGE_CONFLICT",
      "the registry, the user or --password-stdin is missing",
      {
        hint: "slipway login registry.example.com --username NAME --password-stdin < FILE",
      },
    );
  }
  if (username.includes(":")) {
    throw new UsageError("USAGE_INVALID_VALUE", "--username has a colon, which no user can have");
  }
  const home = environment["HOME"] ?? "";
  const places = [values["docker-config"], environment["DOCKER_CONFIG"]];
  const place = places.find((each) => (each ?? "") !== "");
  if (place === undefined && home === "") {
    throw new UsageError("USAGE_CONFLICT", "there is no place to keep the login: HOME is not set", {
      hint: "Name a directory with --docker-config",
    });
  }
  return {
    registry: parseRegistry(registry),
    username,
    place: place ?? path.join(home, ".docker"),
    registries: readRegistry(values),
  };
}

/** The host of a registry, of which users may write the address. */
function parseRegistry(text: string): string {
  const host = text.replace(/^https?:\/\//, "").replace(/\/(?:v[12]\/?)?$/, "");
  const registry = canonicalRegistry(host);
  const isHost = host !== "" && !host.includes("/") && isRegistry(registry);
  if (isHost) return registry;
  throw new UsageError(
    "USAGE_INVALID_VALUE",
    `${JSON.stringify(text)} is not the host of a registry`,
  );
}

function isRegistry(host: string): boolean {
  try {
    return parseReference(`${host}/app`).registry === host;
  } catch {
    return false;
  }
}
